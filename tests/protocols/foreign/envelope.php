<?php
// AES-256-ECB with PKCS7 under the key's own characters; `encrypt` takes a text, `decrypt` takes Base64.
$asked = json_decode(stream_get_contents(STDIN), true);
if (array_key_exists('encrypt', $asked)) {
    $sealed = openssl_encrypt($asked['encrypt'], 'aes-256-ecb', $asked['key'], OPENSSL_RAW_DATA);
    echo base64_encode($sealed), "\n";
} else {
    $sealed = base64_decode($asked['decrypt'], true);
    echo openssl_decrypt($sealed, 'aes-256-ecb', $asked['key'], OPENSSL_RAW_DATA), "\n";
}
