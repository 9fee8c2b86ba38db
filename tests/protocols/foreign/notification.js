// A notification as it came, and the key: are the values in the order of their names what was signed?
const crypto = require('crypto');
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const members = JSON.parse(asked.body);
const names = Object.keys(members)
  .filter((name) => name !== 'sign')
  .filter((name) => members[name] !== null && members[name] !== '' && typeof members[name] !== 'object')
  .sort();
const text = names.map((name) => String(members[name])).join('') + asked.key;
const sign = crypto.createHash('sha256').update(text, 'utf8').digest('hex');
console.log(sign === members.sign.toLowerCase() ? 'genuine' : 'forged');
