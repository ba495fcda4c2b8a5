<?php
// Links by which a buyer's chat finds its order: echo vistka_link('shop_bot', '1042', 1, $key);
// Links to an order's page: echo vistka_page('https://….lambda-url.eu-central-1.on.aws', '1042', 1, $key);

const VISTKA_LINK = 0x01;
const VISTKA_PAGE = 0x02;

// $orderId: the row's id as text; $key: the base64 text behind the number in LINK_KEYS; $expiresAt: seconds since 1970.
function vistka_token(
    string $orderId,
    int $keyNumber,
    string $key,
    int $expiresAt,
    ?string $nonce = null,
    int $purpose = VISTKA_LINK
): string {
    if ($orderId === '' || strlen($orderId) > 17) {
        throw new InvalidArgumentException("the order's id must have 1 to 17 bytes");
    }
    $head = pack('C3', 0xBD, $keyNumber, $purpose) . $orderId . pack('N', $expiresAt) . ($nonce ?? random_bytes(8));
    $mac = substr(hash_hmac('sha256', $head, base64_decode($key), true), 0, 16);
    return rtrim(strtr(base64_encode($head . $mac), '+/', '-_'), '=');
}

function vistka_link(string $bot, string $orderId, int $keyNumber, string $key, int $days = 30): string
{
    return "https://t.me/$bot?start=" . vistka_token($orderId, $keyNumber, $key, time() + $days * 86400);
}

// $address: the stack's output WebUrl.
function vistka_page(string $address, string $orderId, int $keyNumber, string $key, int $days = 90): string
{
    $token = vistka_token($orderId, $keyNumber, $key, time() + $days * 86400, null, VISTKA_PAGE);
    return rtrim($address, '/') . '/o/' . $token;
}
