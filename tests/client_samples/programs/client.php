<?php
// Guzzle, as in the document: the body an array under 'json', the answer read from its stream.
require 'GuzzleHttp/autoload.php';

$known = getenv();
$token = 'API_KEY';
$client = new \GuzzleHttp\Client();

foreach (glob(getenv('REQUESTS') . '/*.json') as $file) {
    $path = str_replace('_', '/', substr(basename($file, '.json'), 3));
    $text = preg_replace_callback('/{{(\w+)}}/', fn ($found) => $known[$found[1]], file_get_contents($file));

    $headers = array(
        'Content-Type' => 'application/json',
        'Accept' => '*/*',
        'Authorization' => $token,
    );

    // Define array of request body.
    $request_body = json_decode($text, true);

    try {
        $response = $client->request('POST', getenv('BASE_URL') . '/gateway/v1/' . $path, array(
            'headers' => $headers,
            'json' => $request_body,
           )
        );
        $answer = json_decode($response->getBody()->getContents(), true);
     }
     catch (\GuzzleHttp\Exception\BadResponseException $e) {
        // handle exception or api errors.
        $answer = json_decode($e->getResponse()->getBody()->getContents(), true);
     }

    echo $path, "\t", json_encode($answer), "\n";
    $token = $answer['accessToken'] ?? $token;
    if ($path === 'payment') {
        $known['TRADE_NO'] = $answer['tradeNo'];
        $known['IDENTIFIER'] = $answer['transactionIdentifier'] ?? '';
    }
}
