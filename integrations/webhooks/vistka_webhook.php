<?php
// Whether a call is Vistka's own:
//   $change = vistka_call(file_get_contents('php://input'), $_SERVER['HTTP_X_VISTKA_SIGNATURE'] ?? '', $secret);
//   if ($change === null) { http_response_code(403); exit; }

// The change that the call tells of, or null. $within seconds of now, or somebody repeats an old call. Throws for a
// secret that is none.
function vistka_call(string $body, string $signature, string $secret, ?int $now = null, int $within = 300): ?array
{
    if (strlen($secret) < 32) {
        throw new InvalidArgumentException("the secret of Vistka's calls has at least 32 characters");
    }
    $at = null;
    $given = [];
    foreach (explode(',', $signature) as $part) {
        [$name, $value] = array_pad(explode('=', $part, 2), 2, '');
        if ($name === 't' && $at === null && preg_match('/^[0-9]{1,12}$/D', $value)) {
            $at = $value;
        } elseif ($name === 'v1') {
            $given[] = $value;
        }
    }
    if ($at === null || abs(($now ?? time()) - (int) $at) > $within) {
        return null;
    }
    $expected = hash_hmac('sha256', "$at.$body", $secret);
    foreach ($given as $one) {
        if (hash_equals($expected, $one)) {
            return json_decode($body, true);
        }
    }
    return null;
}
