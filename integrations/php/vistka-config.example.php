<?php
// The tables of the shop that the guide is of. As vistka-config.php, beside vistka.php or one folder up, it counts.

return [
    'keys' => ['main' => (string) getenv('VISTKA_SECRET')], // or the secret itself, of at least 32 characters
    'dsn' => 'mysql:host=127.0.0.1;dbname=shop',
    'user' => 'root',
    'password' => '',
    'datetime_zone' => 'UTC',
    'orders' => [
        'table' => 'orders_order',
        'key' => 'id',
        'number' => 'order_number',
        'tracking' => 'tracking_number', // several numbers in it may stand apart by , ; / + | or a line break
        'status' => 'status',
        'open_statuses' => ['new', 'prep', 'ship'], // orders that are still under way
        'shipment_status' => 'shipment_status', // the two columns that are written, and no other
        'shipment_status_updated' => 'shipment_status_updated',
        'phone' => 'phone', // '' where there is none; user, chat and language as well
        'user' => 'user_id',
    ],
    'profiles' => [ // null: the shop knows no chats
        'table' => 'accounts_userprofile',
        'user' => 'user_id',
        'chat' => 'telegram_id', // a number; a typed @name proves nothing and is not taken
    ],
];
