// fetch, as in the document: the body a text, the token bare, the answer read as JSON.
const fs = require('fs');

const { BASE_URL, REQUESTS } = process.env;
const known = { ...process.env, TRADE_NO: '', IDENTIFIER: '' };

async function main() {
  let token = 'API_KEY';
  for (const file of fs.readdirSync(REQUESTS).sort()) {
    const path = file.slice(3, -5).replaceAll('_', '/');
    const inputBody = fs.readFileSync(`${REQUESTS}/${file}`, 'utf8').replace(/{{(\w+)}}/g, (_, name) => known[name]);
    const headers = {
      'Content-Type':'application/json',
      'Accept':'*/*',
      'Authorization':token
    };

    await fetch(`${BASE_URL}/gateway/v1/${path}`,
    {
      method: 'POST',
      body: inputBody,
      headers: headers
    })
    .then(function(res) {
        return res.json();
    }).then(function(body) {
        console.log(path + '\t' + JSON.stringify(body));
        token = body.accessToken || token;
        if (path === 'payment') {
          known.TRADE_NO = body.tradeNo;
          known.IDENTIFIER = body.transactionIdentifier;
        }
    });
  }
}

main();
