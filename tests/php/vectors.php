<?php
// Judges each request that comes in as JSON by the functions of vistka.php, whose path is the first argument.

declare(strict_types=1);

const VISTKA_LIBRARY = true;
require $argv[1];

$given = json_decode((string) file_get_contents('php://stdin'), true);
$verdicts = [];
foreach ($given['attempts'] as [$request, $now]) {
    $headers = array_map('strval', array_intersect_key($request, array_flip(['key', 'time', 'nonce', 'signature'])));
    try {
        vistka_check_envelope($headers, $given['keys'], $now);
        vistka_check_signature(
            $headers,
            $given['keys'],
            $request['method'],
            $request['operation'],
            $request['parameters'],
            $request['body']
        );
        $verdicts[] = null;
    } catch (VistkaRefused $refused) {
        $verdicts[] = $refused->reason;
    }
}
echo json_encode($verdicts);
