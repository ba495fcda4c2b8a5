<?php
// Says of each config that comes in as JSON what is wrong with it and which keys are usable.

declare(strict_types=1);

const VISTKA_LIBRARY = true;
require $argv[1];

$found = [];
foreach (json_decode((string) file_get_contents('php://stdin'), true) as $name => $given) {
    $config = vistka_config($given);
    $found[$name] = ['problems' => $config['problems'], 'keys' => array_keys(vistka_keys($config))];
}
echo json_encode($found, JSON_UNESCAPED_UNICODE);
