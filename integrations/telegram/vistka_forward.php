<?php
// For a bot of the shop's own: what it does not know itself goes on to Vistka, whose answer is given to Telegram.
//
// In the webhook, after Telegram's own secret was checked:
//
//     if (vistka_is_for($update)) {
//         header('Content-Type: application/json');
//         exit(vistka_forward($body, $botUrl, $forwardSecret));
//     }

function vistka_is_for(array $update): bool
{
    $text = $update['message']['text'] ?? '';
    $pressed = $update['callback_query']['data'] ?? '';
    return strpos($text, '/start vQ') === 0 || strpos($pressed, 'v:') === 0 || isset($update['my_chat_member']);
}

// $body: the update as it came. Returns the body to answer Telegram with. Throws when Vistka does not take it: answer 500,
// and Telegram brings the update again.
function vistka_forward(string $body, string $url, string $secret): string
{
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => ['Content-Type: application/json', "X-Vistka-Forward-Secret: $secret"],
        'content' => $body,
        'timeout' => 15,
        'ignore_errors' => true,
    ]]);
    $answer = @file_get_contents($url, false, $context);
    if ($answer === false || strpos($http_response_header[0] ?? '', ' 200') === false) {
        throw new RuntimeException('Vistka did not take the update');
    }
    return $answer;
}
