<?php
/*
 * Vistka on the side of a PHP shop: reads open orders and writes two columns, for signed requests only; the order's own
 * status as well, where the config has rules for it.
 *
 * Put this file into the shop's folder and open it in a browser: it says what goes into vistka-config.php beside it (or
 * one folder up, where no browser reaches). ../PROTOCOL.md says what is spoken, ../README.md how it is installed.
 * PHP 7.4 or newer with PDO; MySQL, MariaDB or SQLite. MIT licence.
 */

declare(strict_types=1);

const VISTKA_VERSION = '0.1.0';
const VISTKA_WINDOW = 300;
const VISTKA_KEPT = 600;
const VISTKA_SHORTEST_SECRET = 32;
const VISTKA_MOST_ORDERS = 500;
const VISTKA_LONGEST_PACKED = 1048576;
const VISTKA_LONGEST_BODY = 2097152;

/** What a config need not say. Tables and fields are named as in the schema files of Vistka. */
const VISTKA_DEFAULTS = [
    'keys' => [],
    'dsn' => '',
    'user' => '',
    'password' => '',
    'seen_table' => 'vistka_seen',
    'preset' => '',
    'prefix' => '',
    'datetime_zone' => 'UTC',
    'rows' => [],
    'orders' => [],
    'profiles' => null,
    'rules' => [],
];
const VISTKA_EVENTS = ['received', 'refused', 'returned'];
const VISTKA_RULES = [
    'cancelled_statuses' => [],
    'pay_type' => '',
    'payment_status' => '',
    'received' => null,
    'refused' => null,
    'returned' => null,
];
const VISTKA_RULE = ['from' => [], 'status' => '', 'payment_from' => [], 'payment' => []];
const VISTKA_ORDERS = [
    'table' => '',
    'only' => [],
    'key' => 'id',
    'number' => '',
    'tracking' => '',
    'status' => '',
    'open_statuses' => [],
    'shipment_status' => 'shipment_status',
    'shipment_status_updated' => 'shipment_status_updated',
    'shipment_status_length' => 0,
    'phone' => '',
    'user' => '',
    'chat' => '',
    'language' => '',
];
const VISTKA_ROWS = ['table' => '', 'id' => '', 'owner' => '', 'name' => '', 'value' => ''];
const VISTKA_PROFILES = ['table' => '', 'only' => [], 'user' => '', 'chat' => '', 'language' => ''];

/** The built-in schema files of Vistka, whose comments say which plugins they are for and what may be changed. */
const VISTKA_PRESETS = [
    'opencart' => [
        'prefix' => 'oc_',
        'orders' => [
            'table' => 'order',
            'key' => 'order_id',
            'number' => 'order_id',
            'tracking' => 'novaposhta_cn_number',
            'status' => 'order_status_id',
            'open_statuses' => [1, 2, 3, 15],
            'shipment_status' => 'shipment_status',
            'shipment_status_updated' => 'shipment_status_updated',
            'phone' => 'telephone',
        ],
    ],
    'woocommerce' => [
        'prefix' => 'wp_',
        'rows' => [
            'meta' => [
                'table' => 'wc_orders_meta',
                'id' => 'id',
                'owner' => 'order_id',
                'name' => 'meta_key',
                'value' => 'meta_value',
            ],
            'addresses' => [
                'table' => 'wc_order_addresses',
                'id' => 'id',
                'owner' => 'order_id',
                'name' => 'address_type',
                'value' => 'phone',
            ],
        ],
        'orders' => [
            'table' => 'wc_orders',
            'only' => ['type' => 'shop_order'],
            'key' => 'id',
            'number' => 'id',
            'tracking' => ['meta' => ['mrkv_ua_ship_invoice_number', 'novaposhta_ttn']],
            'status' => 'status',
            'open_statuses' => ['wc-pending', 'wc-on-hold', 'wc-processing'],
            'shipment_status' => ['meta' => '_vistka_shipment_status'],
            'shipment_status_updated' => ['meta' => '_vistka_shipment_status_updated'],
            'shipment_status_length' => 255,
            'phone' => ['addresses' => 'billing'],
        ],
    ],
    'woocommerce_legacy' => [
        'prefix' => 'wp_',
        'rows' => [
            'meta' => [
                'table' => 'postmeta',
                'id' => 'meta_id',
                'owner' => 'post_id',
                'name' => 'meta_key',
                'value' => 'meta_value',
            ],
        ],
        'orders' => [
            'table' => 'posts',
            'only' => ['post_type' => 'shop_order'],
            'key' => 'ID',
            'number' => 'ID',
            'tracking' => ['meta' => ['mrkv_ua_ship_invoice_number', 'novaposhta_ttn']],
            'status' => 'post_status',
            'open_statuses' => ['wc-pending', 'wc-on-hold', 'wc-processing'],
            'shipment_status' => ['meta' => '_vistka_shipment_status'],
            'shipment_status_updated' => ['meta' => '_vistka_shipment_status_updated'],
            'shipment_status_length' => 255,
            'phone' => ['meta' => '_billing_phone'],
        ],
    ],
];

/** Why a request is not answered: a code of the protocol, and words that name settings, never values. */
final class VistkaRefused extends Exception
{
    /** @var string */
    public $reason;

    public function __construct(string $reason, string $text = '')
    {
        parent::__construct($text);
        $this->reason = $reason;
    }
}

// --- the signature ---------------------------------------------------------------------------------------------------

/** What can be refused before the body is read. */
function vistka_check_envelope(array $headers, array $keys, int $now): void
{
    if ($keys === []) {
        throw new VistkaRefused('no_key');
    }
    $forms = [
        'key' => '/\A[A-Za-z0-9._-]{1,64}\z/',
        'time' => '/\A[0-9]{1,12}\z/',
        'nonce' => '/\A[0-9a-f]{32}\z/',
        'signature' => '/\A[0-9a-f]{64}\z/',
    ];
    foreach ($forms as $name => $form) {
        if (preg_match($form, $headers[$name]) !== 1) {
            throw new VistkaRefused('unsigned');
        }
    }
    if (!isset($keys[$headers['key']])) {
        throw new VistkaRefused('key_unknown');
    }
    if (abs($now - (int) $headers['time']) > VISTKA_WINDOW) {
        throw new VistkaRefused('clock_wrong');
    }
}

/** After the envelope; the body as it is before gzip. */
function vistka_check_signature(
    array $headers,
    array $keys,
    string $method,
    string $operation,
    array $parameters,
    string $body
): void {
    ksort($parameters, SORT_STRING);
    $pairs = [];
    foreach ($parameters as $name => $value) {
        $pairs[] = $name . '=' . rawurlencode($value);
    }
    $target = $pairs === [] ? $operation : $operation . '?' . implode('&', $pairs);
    $lines = ['vistka-1', $headers['key'], $headers['time'], $headers['nonce'], $method, $target, hash('sha256', $body)];
    $expected = hash_hmac('sha256', implode("\n", $lines), $keys[$headers['key']]);
    if (!hash_equals($expected, $headers['signature'])) {
        throw new VistkaRefused('signature_wrong');
    }
}

/** The body before gzip: some servers have unpacked it already, so its first bytes decide. */
function vistka_unpack(string $raw): string
{
    if (strlen($raw) > VISTKA_LONGEST_PACKED) {
        throw new VistkaRefused('too_large');
    }
    if (strncmp($raw, "\x1f\x8b", 2) !== 0) {
        return $raw;
    }
    if (!function_exists('inflate_init')) {
        throw new VistkaRefused('shop_mismatch', "PHP has no zlib; have the host switch it on");
    }
    $unpacker = inflate_init(ZLIB_ENCODING_GZIP);
    $body = '';
    foreach (str_split($raw, 4096) as $piece) {
        $more = @inflate_add($unpacker, $piece);
        if ($more === false) {
            throw new VistkaRefused('request_wrong', 'the body cannot be unpacked');
        }
        $body .= $more;
        if (strlen($body) > VISTKA_LONGEST_BODY) {
            throw new VistkaRefused('too_large');
        }
    }
    if (inflate_get_status($unpacker) !== ZLIB_STREAM_END) {
        throw new VistkaRefused('request_wrong', 'the body breaks off');
    }
    return $body;
}

// --- the config ------------------------------------------------------------------------------------------------------

/** The config of the shop over its preset and the defaults, and what is wrong with it. */
function vistka_config(array $given): array
{
    $preset = VISTKA_PRESETS[is_string($given['preset'] ?? null) ? $given['preset'] : ''] ?? [];
    $problems = vistka_unknown($given, VISTKA_DEFAULTS, '');
    if ($preset === [] && ($given['preset'] ?? '') !== '') {
        $problems[] = 'preset: there are ' . implode(', ', array_keys(VISTKA_PRESETS));
    }
    $config = array_replace(VISTKA_DEFAULTS, $preset, $given);
    foreach (['rows', 'orders'] as $section) {
        $config[$section] = array_replace($preset[$section] ?? [], (array) ($given[$section] ?? []));
    }
    $problems = array_merge($problems, vistka_unknown($config['orders'], VISTKA_ORDERS, 'orders.'));
    $config['orders'] = array_replace(VISTKA_ORDERS, $config['orders']);
    foreach ($config['rows'] as $name => $rows) {
        $problems = array_merge($problems, vistka_unknown((array) $rows, VISTKA_ROWS, "rows.$name."));
        $config['rows'][$name] = array_replace(VISTKA_ROWS, (array) $rows);
    }
    if (is_array($config['profiles'])) {
        $problems = array_merge($problems, vistka_unknown($config['profiles'], VISTKA_PROFILES, 'profiles.'));
        $config['profiles'] = array_replace(VISTKA_PROFILES, $config['profiles']);
    }
    $config['rules'] = array_replace(VISTKA_RULES, (array) $config['rules']);
    $wrong_rules = vistka_wrong_rules((array) ($given['rules'] ?? []));
    $problems = array_merge($problems, vistka_wrong_tables($config), vistka_wrong_orders($config), $wrong_rules);
    if (@timezone_open((string) $config['datetime_zone']) === false) {
        $problems[] = 'datetime_zone: no time zone; give one like Europe/Kyiv or UTC';
    }
    if ($config['dsn'] === '') {
        $problems[] = "dsn: missing; such as 'mysql:host=localhost;dbname=shop'";
    }
    $config['problems'] = $problems;
    return $config;
}

/** The usable keys: a short secret opens nothing. */
function vistka_keys(array $config): array
{
    return array_filter((array) $config['keys'], static function ($secret): bool {
        return is_string($secret) && strlen($secret) >= VISTKA_SHORTEST_SECRET;
    });
}

function vistka_unknown(array $given, array $known, string $where): array
{
    $problems = [];
    foreach (array_keys($given) as $name) {
        if (!array_key_exists($name, $known)) {
            $problems[] = "$where$name: unknown setting";
        }
    }
    return $problems;
}

/** A name that may be put into SQL, in quotes. */
function vistka_is_name($value): bool
{
    return is_string($value) && preg_match('/\A(?:[A-Za-z0-9_$]+\.)?[A-Za-z0-9_$]+\z/', $value) === 1;
}

function vistka_wrong_name($value): string
{
    return $value === '' ? 'missing' : 'no name of a table or column';
}

function vistka_wrong_tables(array $config): array
{
    $problems = [];
    $sections = [];
    foreach ($config['rows'] as $name => $rows) {
        $named = $rows['name'] !== '' || $rows['value'] !== '';
        $sections["rows.$name"] = $named ? $rows : array_diff_key($rows, ['name' => 1, 'value' => 1]);
    }
    if (is_array($config['profiles'])) {
        $sections['profiles'] = array_diff_key($config['profiles'], ['only' => 1]);
        if ($config['profiles']['language'] === '') {
            unset($sections['profiles']['language']);
        }
    }
    foreach ($sections as $section => $names) {
        foreach ($names as $name => $value) {
            if (!vistka_is_name($value)) {
                $problems[] = "$section.$name: " . vistka_wrong_name($value);
            }
        }
    }
    foreach (['orders' => $config['orders'], 'profiles' => $config['profiles'] ?? []] as $section => $names) {
        foreach ((array) ($names['only'] ?? []) as $column => $value) {
            if (!vistka_is_name((string) $column) || !(is_string($value) || is_int($value))) {
                $problems[] = "$section.only: must name columns and the values of orders in them";
            }
        }
    }
    return $problems;
}

function vistka_wrong_orders(array $config): array
{
    $problems = [];
    foreach (array_diff_key($config['orders'], ['only' => 1, 'shipment_status_length' => 1]) as $name => $value) {
        $optional = in_array($name, ['phone', 'user', 'chat', 'language'], true);
        if ($name === 'open_statuses') {
            if (!is_array($value) || $value === []) {
                $problems[] = 'orders.open_statuses: list the statuses of orders that are still under way';
            }
        } elseif (is_array($value) && !in_array($name, ['table', 'key', 'status'], true)) {
            $rows = $config['rows'][(string) key($value)] ?? null;
            $entries = (array) current($value);
            if (count($value) !== 1 || $rows === null || $entries === [] || $entries !== array_filter($entries, 'is_string')) {
                $problems[] = "orders.$name: an array names one of rows, and there an entry: ['meta' => 'name']";
            } elseif ($rows['name'] === '' && !vistka_is_name($entries[0])) {
                $problems[] = "orders.$name: no name of a column";
            }
        } elseif (!($optional && $value === '') && !vistka_is_name($value)) {
            $problems[] = "orders.$name: " . vistka_wrong_name($value);
        }
    }
    [$text, $time] = [$config['orders']['shipment_status'], $config['orders']['shipment_status_updated']];
    if (is_array($text) !== is_array($time) || (is_array($text) && key($text) !== key($time))) {
        $problems[] = 'orders.shipment_status_updated: must stand where orders.shipment_status does';
    } elseif (is_array($text) && $config['dsn'] !== '' && strncasecmp($config['dsn'], 'mysql:', 6) !== 0) {
        $problems[] = 'orders.shipment_status: entries of rows are written in MySQL and MariaDB only';
    }
    return $problems;
}

/** What is wrong with the rules that move an order's own status; without any, nothing is. */
function vistka_wrong_rules(array $rules): array
{
    if ($rules === []) {
        return [];
    }
    $problems = vistka_unknown($rules, VISTKA_RULES, 'rules.');
    $rules = array_replace(VISTKA_RULES, $rules);
    if (!vistka_is_list($rules['cancelled_statuses'])) {
        $problems[] = 'rules.cancelled_statuses: list the statuses of cancelled orders, which no rule ever changes';
    }
    foreach (['pay_type', 'payment_status'] as $name) {
        if ($rules[$name] !== '' && !vistka_is_name($rules[$name])) {
            $problems[] = "rules.$name: no name of a table or column";
        }
    }
    foreach (VISTKA_EVENTS as $event) {
        if ($rules[$event] !== null) {
            $problems = array_merge($problems, vistka_wrong_rule($rules, $event));
        }
    }
    return $problems;
}

function vistka_wrong_rule(array $rules, string $event): array
{
    if (!is_array($rules[$event])) {
        return ["rules.$event: must be an array"];
    }
    $problems = vistka_unknown($rules[$event], VISTKA_RULE, "rules.$event.");
    $rule = array_replace(VISTKA_RULE, $rules[$event]);
    if (!vistka_is_list($rule['from'])) {
        $problems[] = "rules.$event.from: list the statuses that the rule may change";
    } elseif (array_intersect($rule['from'], (array) $rules['cancelled_statuses']) !== []) {
        $problems[] = "rules.$event.from: names a cancelled status; a cancelled order is never revived";
    } elseif (in_array($rule['status'], $rule['from'], false)) {
        $problems[] = "rules.$event.status: stands in its own from; there would be nothing to change";
    }
    if ($rule['status'] === '' || !(is_string($rule['status']) || is_int($rule['status']))) {
        $problems[] = "rules.$event.status: missing";
    } elseif ($event === 'received' && in_array($rule['status'], (array) $rules['cancelled_statuses'], false)) {
        $problems[] = "rules.$event.status: a cancelled status, and the parcel was received";
    }
    if (!is_array($rule['payment']) || ($rule['payment'] !== []) !== vistka_is_list($rule['payment_from'])) {
        $problems[] = "rules.$event: payment and payment_from, the payment statuses that may be changed, go together";
    } elseif ($rule['payment'] !== [] && ($rules['pay_type'] === '' || $rules['payment_status'] === '')) {
        $problems[] = "rules.pay_type, rules.payment_status: missing; rules.$event.payment needs these columns of the orders";
    }
    return $problems;
}

/** Whether it lists statuses, texts or whole numbers, at least one. */
function vistka_is_list($value): bool
{
    return is_array($value) && $value !== [] && $value === array_filter($value, static function ($each): bool {
        return is_int($each) || (is_string($each) && trim($each) !== '');
    });
}

// --- the database ----------------------------------------------------------------------------------------------------

/** The shop's tables through PDO. Errors are PDOExceptions, whose words never leave this file. */
final class VistkaShop
{
    /** @var PDO */
    private $pdo;
    /** @var bool */
    private $mysql;
    /** @var array */
    private $config;
    /** @var array the section orders of it */
    private $orders;
    /** @var array of each table: column in lower case => [type, characters, collation] */
    private $described = [];

    public function __construct(array $config)
    {
        $options = [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
            PDO::ATTR_EMULATE_PREPARES => false,
            PDO::ATTR_TIMEOUT => 5,
        ];
        $this->mysql = strncasecmp($config['dsn'], 'mysql:', 6) === 0;
        if ($this->mysql) {
            // A row that is as it should be already counts as found. The constant has moved in PHP 8.4.
            if (!extension_loaded('pdo_mysql')) {
                throw new VistkaRefused('shop_mismatch', 'dsn: PHP has no pdo_mysql; have the host switch it on');
            }
            $found = defined('Pdo\Mysql::ATTR_FOUND_ROWS') ? 'Pdo\Mysql::ATTR_FOUND_ROWS' : 'PDO::MYSQL_ATTR_FOUND_ROWS';
            $options[constant($found)] = true;
        }
        $this->config = $config;
        $this->orders = $config['orders'];
        try {
            $this->pdo = new PDO($config['dsn'], (string) $config['user'], (string) $config['password'], $options);
        } catch (PDOException $error) {
            throw self::unreachable($error);
        }
        if ($this->mysql) {
            // Strict, so that nothing is cut unseen; UTC, as TIMESTAMP columns go by the session.
            $this->pdo->exec('SET NAMES utf8mb4');
            $this->pdo->exec("SET SESSION sql_mode = 'STRICT_ALL_TABLES', SESSION time_zone = '+00:00'");
        }
    }

    public function name(): string
    {
        $version = (string) $this->pdo->getAttribute(PDO::ATTR_SERVER_VERSION);
        if (!$this->mysql) {
            return "SQLite $version";
        }
        $maria = stripos($version, 'mariadb') !== false;
        preg_match_all('/\d+\.\d+\.\d+/', $version, $numbers);
        $numbers = array_values(array_diff($numbers[0], ['5.5.5'])); // what MariaDB once said first, for old clients
        return ($maria ? 'MariaDB ' : 'MySQL ') . ($numbers[0] ?? $version);
    }

    /** What of the config is not in the database; asked before every operation, so that nothing is half done. */
    public function problems(): array
    {
        $problems = [];
        foreach ($this->wanted() as $section => [$table, $columns]) {
            try {
                $there = $this->describe($table);
            } catch (PDOException $error) {
                $this->orAway($error);
                $there = [];
            }
            if ($there === []) {
                $problems[] = "$section.table: the database shows no table '$table' (none there, or no privilege)";
                continue;
            }
            foreach ($columns as $field => $column) {
                if (!isset($there[strtolower($column)])) {
                    $problems[] = "$section.$field: table '$table' has no column '$column'" . $this->remedy("$section.$field");
                }
            }
        }
        return $problems === [] ? $this->wrongTypes() : $problems;
    }

    /** Characters that the text may have; 0 is without limit. */
    public function length(): int
    {
        $lengths = array_filter([$this->column('shipment_status')[1], (int) $this->orders['shipment_status_length']]);
        return $lengths === [] ? 0 : min($lengths);
    }

    /** Whether the two fields may be written; no row is. */
    public function writable(): bool
    {
        try {
            if (is_array($this->orders['shipment_status'])) {
                [$rows] = $this->entry($this->orders['shipment_status']);
                $names = implode(', ', array_map([$this, 'quote'], [$rows['id'], $rows['owner'], $rows['name'], $rows['value']]));
                $table = $this->table($rows['table']);
                $value = $this->quote($rows['value']);
                $this->pdo->exec(
                    "INSERT INTO $table ($names) SELECT $names FROM $table AS r WHERE 1 = 0"
                    . " ON DUPLICATE KEY UPDATE $value = VALUES($value)"
                );
            } else {
                $this->run("{$this->update()} WHERE 1 = 0", [null, null]);
            }
            return true;
        } catch (PDOException $error) {
            return false;
        }
    }

    /** By event, what the rules do, in words. */
    public function rules(): array
    {
        $found = [];
        foreach (VISTKA_EVENTS as $event) {
            if ($this->config['rules'][$event] !== null) {
                $rule = array_replace(VISTKA_RULE, $this->config['rules'][$event]);
                $words = implode(', ', $rule['from']) . ' → ' . $rule['status'];
                foreach ($rule['payment'] as $way => $status) {
                    $words .= "; payment if $way: $status";
                }
                $found[$event] = $words;
            }
        }
        return $found;
    }

    /** Whether what the rules change may be written; no row is. */
    public function movable(): bool
    {
        $changes = [];
        foreach (array_filter([$this->orders['status'], $this->config['rules']['payment_status']]) as $column) {
            $changes[] = "{$this->quote($column)} = {$this->quote($column)}";
        }
        try {
            $this->run("UPDATE {$this->table($this->orders['table'])} SET " . implode(', ', $changes) . ' WHERE 1 = 0', []);
            return true;
        } catch (PDOException $error) {
            return false;
        }
    }

    /**
     * Moves the status of each order as the rule of the event says: one guarded statement each, and what became of it.
     * `again`: the request before may have been carried out unseen, so a status that is there already is ours.
     */
    public function move(array $moves, bool $again): array
    {
        $outcomes = [];
        foreach ($moves as $move) {
            try {
                $outcome = $this->moveOne($move);
            } catch (PDOException $error) {
                $this->orAway($error);
                $outcome = self::why($error);
            }
            $outcomes[] = $again && $outcome === 'there' ? 'moved' : $outcome;
        }
        return ['outcomes' => $outcomes];
    }

    private function moveOne(stdClass $move): string
    {
        if ($this->config['rules'][$move->event] === null) {
            return 'off';
        }
        if (!$this->canBeKey($move->key)) {
            return 'changed';
        }
        $rules = $this->config['rules'];
        $rule = array_replace(VISTKA_RULE, $rules[$move->event]);
        // Without an alias, which not every SQLite takes in UPDATE.
        $table = $this->table($this->orders['table']);
        $status = "$table.{$this->quote($this->orders['status'])}";
        $changes = [$this->quote($this->orders['status']) . ' = ?'];
        $values = [$rule['status']];
        if ($rule['payment'] !== []) {
            $paid = "$table.{$this->quote($rules['payment_status'])}";
            $ways = '';
            foreach ($rule['payment'] as $way => $news) {
                $pays = $this->exactly("$table.{$this->quote($rules['pay_type'])}");
                $ways .= " WHEN $pays AND {$this->isOneOf($paid, $rule['payment_from'])} THEN ?";
                array_push($values, (string) $way, ...array_values(array_map('strval', $rule['payment_from'])));
                $values[] = $news;
            }
            $changes[] = $this->quote($rules['payment_status']) . " = CASE$ways ELSE $paid END";
        }
        $key = "$table.{$this->quote($this->orders['key'])}";
        $where = "$key = ? AND {$this->exactly($key)} AND {$this->exactly($this->field('number', $table))}"
            . " AND {$this->exactly($this->field('tracking', $table))} AND {$this->isOneOf($status, $rule['from'])}"
            . $this->only($this->orders['only'], $table);
        array_push($values, $move->key, $move->key, $move->number, $move->tracking, ...array_values(array_map('strval', $rule['from'])));
        $sql = "UPDATE $table SET " . implode(', ', $changes) . " WHERE $where";
        if ($this->run($sql, $values)->rowCount() > 0) {
            return 'moved';
        }
        return $this->whyMissed($move, $rule);
    }

    private function whyMissed(stdClass $move, array $rule): string
    {
        $key = "o.{$this->quote($this->orders['key'])}";
        $sql = "SELECT {$this->field('number')} AS `number`, {$this->field('tracking')} AS `tracking`,"
            . " {$this->field('status')} AS `status` FROM {$this->table($this->orders['table'])} AS o"
            . " WHERE $key = ?{$this->only($this->orders['only'])}";
        $row = $this->run($sql, [$move->key])->fetch();
        if ($row === false || [(string) $row['number'], $row['tracking']] !== [$move->number, $move->tracking]) {
            return 'changed';
        }
        if ((string) $row['status'] === (string) $rule['status']) {
            return 'there';
        }
        // One that was changed back in between is moved by the next attempt.
        return in_array((string) $row['status'], array_map('strval', $rule['from']), true) ? 'changed' : 'elsewhere';
    }

    private function isOneOf(string $value, array $values): string
    {
        return '(' . implode(' OR ', array_fill(0, count($values), $this->exactly($value))) . ')';
    }

    /** A nonce is taken once; false for one that was seen. */
    public function take(string $nonce, int $now): bool
    {
        $table = $this->quote($this->config['seen_table']);
        try {
            $this->run("DELETE FROM $table WHERE seen_at < ?", [$now - VISTKA_KEPT]);
        } catch (PDOException $error) {
            $create = "CREATE TABLE IF NOT EXISTS $table (nonce CHAR(32) NOT NULL PRIMARY KEY, seen_at BIGINT NOT NULL)";
            try {
                $this->pdo->exec($create);
            } catch (PDOException $refusal) {
                $this->orAway($refusal);
                throw new VistkaRefused('shop_mismatch', "seen_table: it cannot be made; run by hand: $create");
            }
        }
        try {
            $this->run("INSERT INTO $table (nonce, seen_at) VALUES (?, ?)", [$nonce, $now]);
        } catch (PDOException $error) {
            if (strncmp((string) $error->getCode(), '23', 2) === 0) {
                return false;
            }
            throw $error;
        }
        return true;
    }

    public function openOrders(?string $after, int $limit): array
    {
        $key = 'o.' . $this->quote($this->orders['key']);
        $tracking = $this->field('tracking');
        $where = "{$this->isOpen()} AND $tracking IS NOT NULL AND TRIM($tracking) <> ''";
        $values = [];
        if ($after !== null) {
            if (!$this->canBeKey($after)) {
                throw new VistkaRefused('request_wrong', 'after: not a key of this shop');
            }
            $where .= " AND $key > ?";
            $values[] = $after;
        }
        return $this->page($where, $values, $limit);
    }

    public function byNumber(string $number): array
    {
        $key = 'o.' . $this->quote($this->orders['key']);
        $place = $this->orders['number'];
        if (is_array($place)) {
            [$rows, $names, $value] = $this->entry($place);
            $where = "$key IN (SELECT {$this->quote($rows['owner'])} FROM {$this->table($rows['table'])}"
                . " WHERE {$this->named($rows, $names)} AND {$this->quote($value)} = ?)";
        } else {
            $where = "o.{$this->quote($place)} = ?";
        }
        foreach ($this->select("$where ORDER BY $key DESC LIMIT 20", [$number]) as $row) {
            if ((string) $row['number'] === $number) {
                return ['orders' => $this->items([$row]), 'after' => null];
            }
        }
        return ['orders' => [], 'after' => null];
    }

    /** Orders, open or not, whose phone holds these digits, however it was typed. */
    public function byPhone(string $phone, ?string $after): array
    {
        if ($this->orders['phone'] === '') {
            throw new VistkaRefused('shop_mismatch', 'orders.phone: is not set, so nobody is found by phone');
        }
        $key = 'o.' . $this->quote($this->orders['key']);
        $where = "{$this->field('phone')} LIKE ?";
        $values = ['%' . implode('%', str_split(substr($phone, -9))) . '%'];
        if ($after !== null) {
            if (!$this->canBeKey($after)) {
                throw new VistkaRefused('request_wrong', 'after: not a key of this shop');
            }
            $where .= " AND $key > ?";
            $values[] = $after;
        }
        return $this->page($where, $values, VISTKA_MOST_ORDERS);
    }

    private function page(string $where, array $values, int $limit): array
    {
        $key = 'o.' . $this->quote($this->orders['key']);
        $rows = $this->select("$where ORDER BY $key LIMIT " . ($limit + 1), $values);
        $page = array_slice($rows, 0, $limit);
        $last = count($rows) > $limit ? (string) $page[$limit - 1]['key'] : null;
        return ['orders' => $this->items($page), 'after' => $last];
    }

    /**
     * One guarded statement an order. Together in one transaction, which is quick; if the database refuses one, each
     * stands alone, and what tables without transactions have kept of the first attempt counts as written.
     */
    public function write(array $statuses, bool $again): array
    {
        $refused = [];
        $fitting = [];
        foreach ($statuses as $status) {
            if ($this->length() > 0 && vistka_characters($status->text) > $this->length()) {
                $refused[$status->key] = 'too_long';
            } elseif ($this->canBeKey($status->key)) {
                $fitting[] = $status;
            }
        }
        $written = [];
        try {
            $this->pdo->beginTransaction();
            foreach ($fitting as $status) {
                if ($this->writeOne($status, $again)) {
                    $written[] = $status->key;
                }
            }
            $this->pdo->commit();
            return ['written' => $written, 'refused' => (object) $refused];
        } catch (PDOException $error) {
            $this->orAway($error);
            if ($this->pdo->inTransaction()) {
                $this->pdo->rollBack();
            }
        }
        $written = [];
        foreach ($fitting as $status) {
            try {
                if ($this->writeOne($status, true)) {
                    $written[] = $status->key;
                }
            } catch (PDOException $error) {
                $this->orAway($error);
                $refused[$status->key] = self::why($error);
            }
        }
        return ['written' => $written, 'refused' => (object) $refused];
    }

    private function writeOne(stdClass $status, bool $again): bool
    {
        $entries = is_array($this->orders['shipment_status']);
        // Without an alias, which not every SQLite takes in UPDATE.
        $table = $this->table($this->orders['table']);
        $name = $entries ? 'o' : $table;
        $key = "$name.{$this->quote($this->orders['key'])}";
        $shown = $this->field('shipment_status', $name);
        $guard = $status->shown === null ? "$shown IS NULL" : $this->exactly($shown);
        $values = [$status->key, $status->key, $status->tracking];
        if ($status->shown !== null) {
            $values[] = $status->shown;
        }
        if ($again) {
            $guard = "($guard OR {$this->exactly($shown)})";
            $values[] = $status->text;
        }
        $where = "$key = ? AND {$this->exactly($key)} AND {$this->exactly($this->field('tracking', $name))} AND $guard"
            . $this->only($this->orders['only'], $name);
        $news = [$status->text, $this->moment($status->at)];
        if (!$entries) {
            return $this->run("{$this->update()} WHERE $where", array_merge($news, $values))->rowCount() > 0;
        }
        if ($this->pdo->inTransaction()) {
            // No unique key guards these rows: who writes an order's entries first holds the order meanwhile.
            $this->run("SELECT $key FROM $table AS o WHERE $key = ? FOR UPDATE", [$status->key])->fetchAll();
        }
        return $this->run($this->saveEntries($table, $where), array_merge($values, $news))->rowCount() > 0;
    }

    /** Both entries by one statement: one that has a row replaces its value, one without gets a row. */
    private function saveEntries(string $table, string $where): string
    {
        [$rows, $texts] = $this->entry($this->orders['shipment_status']);
        [, $times] = $this->entry($this->orders['shipment_status_updated']);
        $key = "o.{$this->quote($this->orders['key'])}";
        $names = implode(', ', array_map([$this, 'quote'], [$rows['id'], $rows['owner'], $rows['name'], $rows['value']]));
        $textId = $this->firstRow($this->orders['shipment_status'], $rows['id']);
        $timeId = $this->firstRow($this->orders['shipment_status_updated'], $rows['id']);
        $value = $this->quote($rows['value']);
        return "INSERT INTO {$this->table($rows['table'])} ($names)"
            . " SELECT CASE n WHEN 0 THEN text_id ELSE time_id END, owner_key,"
            . " CASE n WHEN 0 THEN {$this->literal($texts[0])} ELSE {$this->literal($times[0])} END, new_value"
            . " FROM (SELECT $key AS owner_key, $textId AS text_id, $timeId AS time_id FROM $table AS o WHERE $where) AS found,"
            . ' (SELECT 0 AS n, ? AS new_value UNION ALL SELECT 1, ?) AS news'
            . " ON DUPLICATE KEY UPDATE $value = VALUES($value)";
    }

    private function update(): string
    {
        [$text, $time] = [$this->orders['shipment_status'], $this->orders['shipment_status_updated']];
        return "UPDATE {$this->table($this->orders['table'])} SET {$this->quote($text)} = ?, {$this->quote($time)} = ?";
    }

    /** Equal byte by byte: collations take case, accents or trailing blanks for the same. */
    private function exactly(string $value): string
    {
        return $this->mysql
            ? "CAST(CONVERT($value USING utf8mb4) AS BINARY) = CAST(? AS BINARY)"
            : "CAST(CAST($value AS TEXT) AS BLOB) = CAST(? AS BLOB)";
    }

    private function select(string $rest, array $values): array
    {
        $columns = [];
        foreach (['key', 'number', 'tracking', 'shipment_status', 'phone', 'user', 'chat', 'language'] as $name) {
            $columns[] = $this->field($name) . " AS `$name`";
        }
        $sql = 'SELECT ' . implode(', ', $columns) . ", {$this->isOpen()} AS `open`"
            . " FROM {$this->table($this->orders['table'])} AS o WHERE 1 = 1{$this->only($this->orders['only'])} AND $rest";
        return $this->run($sql, $values)->fetchAll();
    }

    private function isOpen(): string
    {
        $statuses = implode(', ', array_map([$this, 'literal'], $this->orders['open_statuses']));
        return "o.{$this->quote($this->orders['status'])} IN ($statuses)";
    }

    private function only(array $only, string $name = 'o'): string
    {
        $sql = '';
        foreach ($only as $column => $value) {
            $sql .= " AND $name.{$this->quote((string) $column)} = {$this->literal($value)}";
        }
        return $sql;
    }

    /** A field of the orders `o`, NULL where the shop has no such. */
    private function field(string $field, string $name = 'o'): string
    {
        $place = $this->orders[$field];
        if (is_array($place)) {
            return $this->firstRow($place, '', $name);
        }
        return $place === '' ? 'NULL' : "$name.{$this->quote($place)}";
    }

    /** Of the rows that belong to an order the one with the lowest id counts; of several names, one that is not empty. */
    private function firstRow(array $place, string $column = '', string $name = 'o'): string
    {
        [$rows, $names, $value] = $this->entry($place);
        $chosen = $this->quote($column === '' ? $value : $column);
        $filled = count($names) > 1 ? " AND r.{$this->quote($value)} <> ''" : '';
        return "(SELECT r.$chosen FROM {$this->table($rows['table'])} AS r"
            . " WHERE r.{$this->quote($rows['owner'])} = $name.{$this->quote($this->orders['key'])}"
            . " AND {$this->named($rows, $names, 'r.')}$filled ORDER BY r.{$this->quote($rows['id'])} LIMIT 1)";
    }

    private function named(array $rows, array $names, string $alias = ''): string
    {
        if ($names === []) {
            return '1 = 1';
        }
        return "$alias{$this->quote($rows['name'])} IN (" . implode(', ', array_map([$this, 'literal'], $names)) . ')';
    }

    /** The rows that a place leads to, the names there, none where a row has columns of its own, and the column. */
    private function entry(array $place): array
    {
        $rows = $this->config['rows'][(string) key($place)];
        $names = (array) current($place);
        return $rows['name'] === '' ? [$rows, [], $names[0]] : [$rows, $names, $rows['value']];
    }

    private function items(array $rows): array
    {
        $profiles = $this->profiles(array_column($rows, 'user'));
        return array_map(static function (array $row) use ($profiles): array {
            $item = ['key' => (string) $row['key']];
            $texts = ['number' => 'number', 'tracking' => 'tracking', 'shown' => 'shipment_status', 'phone' => 'phone'];
            foreach ($texts as $name => $column) {
                $value = $row[$column] === null ? null : (string) $row[$column];
                if ($value !== null && preg_match('//u', $value) !== 1) {
                    return ['key' => $item['key'], 'unreadable' => $name];
                }
                $item[$name] = $value;
            }
            $user = (string) $row['user'];
            return $item + [
                'chat' => vistka_text($row['chat']),
                'language' => vistka_text($row['language']),
                'profiles' => $user === '' || $user === '0' ? null : ($profiles[$user] ?? []),
                'open' => (bool) $row['open'],
            ];
        }, $rows);
    }

    /** Asked for apart from the orders: a second profile of one user cannot double an order. */
    private function profiles(array $users): array
    {
        $names = $this->config['profiles'];
        $users = array_values(array_unique(array_diff(array_map('strval', $users), ['', '0'])));
        if (!is_array($names) || $users === []) {
            return [];
        }
        $user = 'p.' . $this->quote($names['user']);
        $language = $names['language'] === '' ? 'NULL' : 'p.' . $this->quote($names['language']);
        $places = implode(', ', array_fill(0, count($users), '?'));
        $sql = "SELECT $user AS `user`, p.{$this->quote($names['chat'])} AS `chat`, $language AS `language`"
            . " FROM {$this->table($names['table'])} AS p WHERE $user IN ($places){$this->only($names['only'], 'p')}";
        $found = [];
        foreach ($this->run($sql, $users) as $row) {
            $profile = ['chat' => vistka_text($row['chat']), 'language' => vistka_text($row['language'])];
            $found[(string) $row['user']][] = $profile;
        }
        return $found;
    }

    private function run(string $sql, array $values): PDOStatement
    {
        $statement = $this->pdo->prepare($sql);
        foreach (array_values($values) as $place => $value) {
            $kind = is_int($value) ? PDO::PARAM_INT : ($value === null ? PDO::PARAM_NULL : PDO::PARAM_STR);
            $statement->bindValue($place + 1, $value, $kind);
        }
        $statement->execute();
        return $statement;
    }

    private function quote(string $name): string
    {
        return "`$name`"; // SQLite takes MySQL's quotes as well
    }

    private function literal($value): string
    {
        return is_int($value) ? (string) $value : $this->pdo->quote((string) $value);
    }

    /** With the prefix, behind the name of another database if there is one. */
    private function table(string $name): string
    {
        $parts = explode('.', $name);
        $parts[] = $this->config['prefix'] . array_pop($parts);
        return implode('.', array_map([$this, 'quote'], $parts));
    }

    // --- what the tables are ---

    /** Of each section of the config its table and its columns, by field. */
    private function wanted(): array
    {
        $wanted = ['orders' => [$this->orders['table'], []]];
        $not = ['table' => 1, 'only' => 1, 'open_statuses' => 1, 'shipment_status_length' => 1];
        foreach (array_diff_key($this->orders, $not) as $field => $place) {
            if (is_array($place)) {
                [$rows, , $column] = $this->entry($place);
                $section = 'rows.' . key($place);
                $own = array_filter(['id' => $rows['id'], 'owner' => $rows['owner'], 'name' => $rows['name']]);
                $known = $wanted[$section][1] ?? $own;
                $wanted[$section] = [$rows['table'], $known + ["orders.$field" => $column]];
            } elseif ($place !== '') {
                $wanted['orders'][1][$field] = $place;
            }
        }
        foreach (array_keys($this->orders['only']) as $column) {
            $wanted['orders'][1]["only.$column"] = (string) $column;
        }
        foreach (['pay_type', 'payment_status'] as $name) {
            if ($this->config['rules'][$name] !== '') {
                $wanted['rules'] = [$this->orders['table'], [$name => $this->config['rules'][$name]] + ($wanted['rules'][1] ?? [])];
            }
        }
        $profiles = $this->config['profiles'];
        if (is_array($profiles)) {
            $columns = array_filter(array_diff_key($profiles, ['table' => 1, 'only' => 1]));
            foreach (array_keys($profiles['only']) as $column) {
                $columns["only.$column"] = (string) $column;
            }
            $wanted['profiles'] = [$profiles['table'], $columns];
        }
        return $wanted;
    }

    private function describe(string $table): array
    {
        if (isset($this->described[$table])) {
            return $this->described[$table];
        }
        $columns = [];
        if ($this->mysql) {
            foreach ($this->run("SHOW FULL COLUMNS FROM {$this->table($table)}", []) as $row) {
                $columns[strtolower($row['Field'])] = self::type((string) $row['Type'], (string) $row['Collation']);
            }
        } else {
            foreach ($this->run("PRAGMA table_info({$this->table($table)})", []) as $row) {
                $columns[strtolower($row['name'])] = self::type((string) $row['type'], '');
            }
        }
        return $this->described[$table] = $columns;
    }

    private static function type(string $declared, string $collation): array
    {
        preg_match('/\A\s*([a-z]*)\s*(?:\(\s*(\d+))?/i', $declared, $parts);
        $type = strtolower($parts[1] ?? '');
        $length = strpos($type, 'char') !== false ? (int) ($parts[2] ?? 0) : 0;
        return [$type, $type === 'tinytext' ? 127 : $length, $collation]; // 255 bytes, two for a letter of ours
    }

    private function column(string $field): array
    {
        $place = $this->orders[$field];
        [$table, $column] = [$this->orders['table'], $place];
        if (is_array($place)) {
            [$rows, , $column] = $this->entry($place);
            $table = $rows['table'];
        }
        return $this->described[$table][strtolower($column)] ?? ['', 0, ''];
    }

    private function wrongTypes(): array
    {
        if (!$this->mysql) {
            return []; // its columns take anything
        }
        $problems = [];
        [$type, , $collation] = $this->column('shipment_status');
        $charset = strtok($collation, '_');
        if (!preg_match('/char|text/', $type)) {
            $problems[] = "orders.shipment_status: the column is $type; it must hold text";
        } elseif (!in_array($charset, ['utf8', 'utf8mb3', 'utf8mb4', 'utf16', 'utf32', 'ucs2', 'cp1251', 'koi8u'], true)) {
            $problems[] = "orders.shipment_status: the column is kept in $charset, which has no Ukrainian letters; make it utf8mb4";
        }
        $time = $this->column('shipment_status_updated')[0];
        if (!is_array($this->orders['shipment_status_updated']) && !in_array($time, ['datetime', 'timestamp'], true)) {
            $problems[] = 'orders.shipment_status_updated: the column must hold date and time (DATETIME)';
        }
        return $problems;
    }

    private function remedy(string $field): string
    {
        $types = ['orders.shipment_status' => 'VARCHAR(255)', 'orders.shipment_status_updated' => 'DATETIME'];
        if (!isset($types[$field])) {
            return '';
        }
        $column = $this->orders[substr($field, strlen('orders.'))];
        return "; ALTER TABLE {$this->table($this->orders['table'])} ADD $column {$types[$field]} NULL";
    }

    private function canBeKey(string $text): bool
    {
        $type = $this->column('key')[0];
        return strpos($type, 'int') === false ? $text !== '' : preg_match('/\A(?:0|-?[1-9][0-9]*)\z/', $text) === 1;
    }

    private function moment(DateTimeImmutable $at): string
    {
        $instant = $this->mysql && $this->column('shipment_status_updated')[0] === 'timestamp';
        $zone = $instant ? 'UTC' : $this->config['datetime_zone'];
        return $at->setTimezone(new DateTimeZone($zone))->format('Y-m-d H:i:s');
    }

    // --- what errors mean ---

    /** Goes on only if the database is there: then what it refused was one statement. */
    private function orAway(PDOException $error): void
    {
        try {
            $this->pdo->query('SELECT 1')->closeCursor();
        } catch (PDOException $second) {
            throw $error;
        }
    }

    /** What no waiting mends; anything else is an outage. */
    private static function unreachable(PDOException $error): Exception
    {
        $number = (int) ($error->errorInfo[1] ?? $error->getCode());
        if (in_array($number, [1044, 1045, 1698], true)) {
            return new VistkaRefused('shop_mismatch', 'user, password: the database refuses this login');
        }
        if ($number === 1049) {
            return new VistkaRefused('shop_mismatch', 'dsn: there is no such database');
        }
        if (strpos($error->getMessage(), 'could not find driver') !== false) {
            return new VistkaRefused('shop_mismatch', 'dsn: PHP has no driver for it; have the host switch it on');
        }
        return $error;
    }

    private static function why(PDOException $error): string
    {
        $state = (string) ($error->errorInfo[0] ?? '');
        $number = (int) ($error->errorInfo[1] ?? 0);
        if ($state === '22001') {
            return 'too_long';
        }
        if ($number === 1366) {
            return 'charset';
        }
        $constraint = in_array($state, ['23000', '45000'], true) || in_array($number, [19, 1644, 3819, 4025], true);
        return $constraint ? 'constraint' : 'other';
    }
}

// --- the operations --------------------------------------------------------------------------------------------------

function vistka_orders(VistkaShop $shop, array $parameters): array
{
    if (isset($parameters['number'])) {
        return $shop->byNumber($parameters['number']);
    }
    $limit = $parameters['limit'] ?? (string) VISTKA_MOST_ORDERS;
    if (preg_match('/\A[0-9]{1,6}\z/', $limit) !== 1 || (int) $limit < 1) {
        throw new VistkaRefused('request_wrong', 'limit: must be a number from 1 to 500');
    }
    return $shop->openOrders($parameters['after'] ?? null, min((int) $limit, VISTKA_MOST_ORDERS));
}

function vistka_find(VistkaShop $shop, string $body): array
{
    $content = json_decode($body, true, 8, JSON_BIGINT_AS_STRING);
    $phone = is_array($content) ? ($content['phone'] ?? null) : null;
    $after = is_array($content) ? ($content['after'] ?? null) : null;
    if (!is_string($phone) || preg_match('/\A380[0-9]{9}\z/', $phone) !== 1) {
        throw new VistkaRefused('request_wrong', 'phone: must be twelve digits, 380 first');
    }
    if ($after !== null && !is_string($after)) {
        throw new VistkaRefused('request_wrong', 'after: must be text');
    }
    return $shop->byPhone($phone, $after);
}

/** The body of POST statuses, all of it or nothing. */
function vistka_read_statuses(string $body): array
{
    $content = json_decode($body, false, 8, JSON_BIGINT_AS_STRING);
    $rows = $content instanceof stdClass ? ($content->statuses ?? null) : null;
    if (!is_array($rows) || count($rows) > VISTKA_MOST_ORDERS) {
        throw new VistkaRefused('request_wrong', 'statuses: must be a list of at most 500 rows');
    }
    foreach ($rows as $place => $row) {
        $where = "statuses[$place]";
        if (!$row instanceof stdClass) {
            throw new VistkaRefused('request_wrong', "$where: must be an object");
        }
        foreach (['key', 'tracking', 'text', 'at'] as $name) {
            if (!is_string($row->$name ?? null)) {
                throw new VistkaRefused('request_wrong', "$where.$name: must be text");
            }
        }
        $row->shown = $row->shown ?? null;
        if ($row->shown !== null && !is_string($row->shown)) {
            throw new VistkaRefused('request_wrong', "$where.shown: must be text or null");
        }
        $at = DateTimeImmutable::createFromFormat('!Y-m-d\TH:i:s\Z', $row->at, new DateTimeZone('UTC'));
        if ($at === false || $at->format('Y-m-d\TH:i:s\Z') !== $row->at) {
            throw new VistkaRefused('request_wrong', "$where.at: must be a time such as 2025-09-10T12:30:45Z");
        }
        $row->at = $at;
    }
    return [$rows, ($content->again ?? false) === true];
}

/** The body of POST moves, all of it or nothing. */
function vistka_read_moves(string $body): array
{
    $content = json_decode($body, false, 8, JSON_BIGINT_AS_STRING);
    $rows = $content instanceof stdClass ? ($content->moves ?? null) : null;
    if (!is_array($rows) || count($rows) > VISTKA_MOST_ORDERS) {
        throw new VistkaRefused('request_wrong', 'moves: must be a list of at most 500 rows');
    }
    foreach ($rows as $place => $row) {
        if (!$row instanceof stdClass) {
            throw new VistkaRefused('request_wrong', "moves[$place]: must be an object");
        }
        foreach (['key', 'number', 'tracking', 'event'] as $name) {
            if (!is_string($row->$name ?? null)) {
                throw new VistkaRefused('request_wrong', "moves[$place].$name: must be text");
            }
        }
        if (!in_array($row->event, VISTKA_EVENTS, true)) {
            throw new VistkaRefused('request_wrong', "moves[$place].event: must be one of " . implode(', ', VISTKA_EVENTS));
        }
    }
    return [$rows, ($content->again ?? false) === true];
}

function vistka_check(?VistkaShop $shop, array $problems, int $now): array
{
    $found = ['software' => 'vistka-php ' . VISTKA_VERSION . ', PHP ' . PHP_VERSION, 'now' => $now, 'problems' => $problems];
    if ($shop === null) {
        return $found;
    }
    $sound = $problems === [];
    return $found + [
        'database' => $shop->name(),
        'length' => $sound ? $shop->length() : 0,
        'writable' => $sound && $shop->writable(),
        'rules' => (object) $shop->rules(),
        'movable' => $sound && $shop->rules() !== [] && $shop->movable(),
    ];
}

/** What is asked, once it is known who asks. */
function vistka_answer(array $config, array $server, array $query, string $raw, int $now): array
{
    $headers = [];
    foreach (['key', 'time', 'nonce', 'signature'] as $name) {
        $headers[$name] = (string) ($server['HTTP_X_VISTKA_' . strtoupper($name)] ?? '');
    }
    $keys = vistka_keys($config);
    vistka_check_envelope($headers, $keys, $now);
    $body = vistka_unpack($raw);
    $method = (string) ($server['REQUEST_METHOD'] ?? '');
    $path = trim((string) ($server['PATH_INFO'] ?? $server['ORIG_PATH_INFO'] ?? ''), '/');
    $operation = $path !== '' ? $path : (is_string($query['path'] ?? null) ? $query['path'] : '');
    $parameters = [];
    foreach (['after', 'limit', 'number'] as $name) {
        if (is_string($query[$name] ?? null)) {
            $parameters[$name] = $query[$name];
        }
    }
    vistka_check_signature($headers, $keys, $method, $operation, $parameters, $body);
    $asked = "$method $operation";
    if ($config['problems'] !== []) {
        if ($asked === 'GET check') {
            return vistka_check(null, $config['problems'], $now);
        }
        throw new VistkaRefused('shop_mismatch', implode('; ', $config['problems']));
    }
    $shop = new VistkaShop($config);
    if (!$shop->take($headers['nonce'], $now)) {
        throw new VistkaRefused('replayed');
    }
    if (!in_array($asked, ['GET orders', 'POST find', 'POST statuses', 'POST moves', 'GET check'], true)) {
        throw new VistkaRefused('operation_unknown');
    }
    $problems = $shop->problems();
    if ($asked === 'GET check') {
        return vistka_check($shop, $problems, $now);
    }
    if ($problems !== []) {
        throw new VistkaRefused('shop_mismatch', implode('; ', $problems));
    }
    if ($asked === 'GET orders') {
        return vistka_orders($shop, $parameters);
    }
    if ($asked === 'POST find') {
        return vistka_find($shop, $body);
    }
    if ($asked === 'POST moves') {
        [$moves, $again] = vistka_read_moves($body);
        return $shop->move($moves, $again);
    }
    [$statuses, $again] = vistka_read_statuses($body);
    return $shop->write($statuses, $again);
}

// --- the answer ------------------------------------------------------------------------------------------------------

function vistka_text($value): ?string
{
    return $value === null || $value === '' || preg_match('//u', (string) $value) !== 1 ? null : (string) $value;
}

function vistka_characters(string $text): int
{
    return (int) preg_match_all('/./us', $text);
}

function vistka_respond(int $status, array $content, string $accepted): void
{
    $body = (string) json_encode(['vistka' => 1] + $content, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
    while (ob_get_level() > 0) {
        ob_end_clean(); // what a config or a notice has printed
    }
    http_response_code($status);
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    if (strlen($body) > 1024 && strpos($accepted, 'gzip') !== false && function_exists('gzencode')) {
        $body = (string) gzencode($body);
        header('Content-Encoding: gzip');
    }
    header('Content-Length: ' . strlen($body));
    echo $body;
}

/** For whoever opens this file before there is a key: what to write where, with a new key that is stored nowhere. */
function vistka_help(string $address, array $folders): string
{
    $secret = bin2hex(random_bytes(32));
    $shown = preg_replace('#\Ahttps?://#', "https://main:$secret@", $address);
    $database = <<<'CONFIG'
        'dsn' => 'mysql:host=localhost;dbname=shop',
        'user' => '…',
        'password' => '…',
    CONFIG;
    $before = '';
    [$shop, $columns] = [vistka_sample(), 'ALTER TABLE orders'];
    foreach ($folders as $folder) {
        if (is_file("$folder/wp-config.php")) {
            // The storage of WooCommerce > Settings > Advanced > Features; "WordPress posts" is woocommerce_legacy.
            $shop = "    'preset' => 'woocommerce', // woocommerce_legacy where orders are WordPress posts\n"
                . "    'prefix' => 'wp_', // \$table_prefix of wp-config.php, where DB_NAME, DB_USER, DB_PASSWORD stand as well\n";
            $columns = '';
            break;
        }
        if (is_file("$folder/system/startup.php") && is_file("$folder/config.php")) {
            $before = "require __DIR__ . '/config.php';\n";
            $database = <<<'CONFIG'
                'dsn' => 'mysql:host=' . DB_HOSTNAME . ';port=' . DB_PORT . ';dbname=' . DB_DATABASE,
                'user' => DB_USERNAME,
                'password' => DB_PASSWORD,
            CONFIG;
            $shop = "    'preset' => 'opencart',\n    'prefix' => DB_PREFIX,\n";
            $columns = 'ALTER TABLE oc_order';
            break;
        }
    }
    $alter = "The two columns, if the table has none:\n\n"
        . "$columns ADD shipment_status VARCHAR(255) NULL, ADD shipment_status_updated DATETIME NULL;\n\n";
    return "Vistka is not let in yet: vistka-config.php is missing, or has no key of at least 32 characters.\n\n"
        . "Put this into vistka-config.php, beside vistka.php or one folder up:\n\n"
        . "<?php\n{$before}return [\n    'keys' => ['main' => '$secret'],\n$database\n$shop];\n\n"
        . ($columns === '' ? '' : $alter)
        . "To Vistka, as SHOP_DATABASE_URL:\n\n$shown?length=255\n";
}

/** For a shop that no preset fits. */
function vistka_sample(): string
{
    return <<<'CONFIG'
        'orders' => [
            'table' => 'orders',
            'key' => 'id',
            'number' => 'number', // what people call the order
            'tracking' => 'ttn',
            'status' => 'status',
            'open_statuses' => ['new', 'paid', 'sent'], // orders that are still under way
            'shipment_status' => 'shipment_status',
            'shipment_status_updated' => 'shipment_status_updated',
            'phone' => 'phone', // '' where there is none; user, chat and language as well
            'user' => 'customer_id',
        ],
        'profiles' => ['table' => 'customers', 'user' => 'id', 'chat' => 'telegram_chat_id'], // null: no chats

    CONFIG;
}

function vistka_load(): array
{
    foreach ([__DIR__, dirname(__DIR__)] as $folder) {
        $file = "$folder/vistka-config.php";
        if (is_file($file)) {
            $given = include $file;
            return is_array($given) ? $given : [];
        }
    }
    return [];
}

function vistka_main(): void
{
    ini_set('display_errors', '0');
    ini_set('zlib.output_compression', '0');
    ob_start();
    $now = time();
    $accepted = (string) ($_SERVER['HTTP_ACCEPT_ENCODING'] ?? '');
    $statuses = [
        'request_wrong' => 400,
        'operation_unknown' => 404,
        'replayed' => 409,
        'too_large' => 413,
        'shop_mismatch' => 500,
        'no_key' => 503,
        'shop_unavailable' => 503,
    ];
    $config = vistka_config(vistka_load());
    if (vistka_keys($config) === [] && !isset($_SERVER['HTTP_X_VISTKA_KEY'])) {
        ob_end_clean();
        $secure = !in_array(strtolower((string) ($_SERVER['HTTPS'] ?? '')), ['', 'off'], true)
            || ($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https'
            || in_array($_SERVER['REMOTE_ADDR'] ?? '', ['127.0.0.1', '::1'], true);
        header('Content-Type: text/plain; charset=utf-8');
        header('Cache-Control: no-store');
        $folders = [__DIR__, dirname(__DIR__)];
        $host = preg_replace('/[^A-Za-z0-9.:-]/', '', (string) ($_SERVER['HTTP_HOST'] ?? 'shop.example'));
        echo $secure ? vistka_help("https://$host" . ($_SERVER['SCRIPT_NAME'] ?? '/vistka.php'), $folders) : "Open this page over https://\n";
        return;
    }
    try {
        $raw = (string) file_get_contents('php://input', false, null, 0, VISTKA_LONGEST_PACKED + 1);
        vistka_respond(200, vistka_answer($config, $_SERVER, $_GET, $raw, $now), $accepted);
    } catch (VistkaRefused $refused) {
        $error = ['code' => $refused->reason, 'text' => $refused->getMessage()];
        if ($refused->reason === 'clock_wrong') {
            $error['now'] = $now;
        }
        vistka_respond($statuses[$refused->reason] ?? 401, ['error' => $error], $accepted);
    } catch (PDOException $error) {
        // Its words may hold values of the shop: only its number is written down.
        error_log('vistka: the database refused (' . ($error->errorInfo[1] ?? $error->getCode()) . ')');
        vistka_respond(503, ['error' => ['code' => 'shop_unavailable', 'text' => '']], $accepted);
    }
}

if (!defined('VISTKA_LIBRARY')) {
    vistka_main();
}
