// V2_SHA256: seven lines, the last one ended too; texts arrive in Base64, because bodies are bytes.
const crypto = require('crypto');
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const hash = crypto.createHash('sha256');
for (const part of [asked.appId, asked.appSecret, asked.method]) {
  hash.update(part, 'utf8').update('\n');
}
hash.update(Buffer.from(asked.url, 'base64')).update('\n');
hash.update(asked.timestamp + '\n' + asked.nonce + '\n', 'utf8');
hash.update(Buffer.from(asked.body, 'base64')).update('\n');
console.log(hash.digest('hex'));
