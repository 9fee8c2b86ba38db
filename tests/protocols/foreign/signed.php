<?php
// V2_SHA256: seven lines, the last one ended too; texts arrive in Base64, because bodies are bytes.
$asked = json_decode(stream_get_contents(STDIN), true);
$lines = [
    $asked['appId'],
    $asked['appSecret'],
    $asked['method'],
    base64_decode($asked['url'], true),
    $asked['timestamp'],
    $asked['nonce'],
    base64_decode($asked['body'], true),
];
echo hash('sha256', implode("\n", $lines) . "\n"), "\n";
