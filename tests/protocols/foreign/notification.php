<?php
// As shop plugins do it: empty() drops what is nothing, and isTest becomes text first, so that false survives.
$asked = json_decode(stream_get_contents(STDIN), true);
$members = json_decode($asked['body'], true);
$given = strtolower($members['sign']);
unset($members['sign']);
if (isset($members['isTest'])) {
    $members['isTest'] = $members['isTest'] ? 'true' : 'false';
}
ksort($members, SORT_STRING);
$text = '';
foreach ($members as $value) {
    if (!empty($value) && !is_array($value)) {
        $text .= $value;
    }
}
echo hash_equals(hash('sha256', $text . $asked['key']), $given) ? 'genuine' : 'forged', "\n";
