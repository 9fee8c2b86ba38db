// AES-256-ECB with PKCS7 under the key's own characters; `encrypt` takes a text, `decrypt` takes Base64.
const crypto = require('crypto');
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const key = Buffer.from(asked.key, 'utf8');
if (asked.encrypt !== undefined) {
  const cipher = crypto.createCipheriv('aes-256-ecb', key, null);
  console.log(cipher.update(asked.encrypt, 'utf8', 'base64') + cipher.final('base64'));
} else {
  const decipher = crypto.createDecipheriv('aes-256-ecb', key, null);
  console.log(decipher.update(asked.decrypt, 'base64', 'utf8') + decipher.final('utf8'));
}
