// net/http, as in the document: the headers a map of lists, the body a buffer of bytes.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	token := "API_KEY"
	known := map[string]string{}
	for _, name := range []string{"APP_ID", "SECRET", "ORDER_NO", "NOTIFICATION_URL"} {
		known[name] = os.Getenv(name)
	}

	files, _ := filepath.Glob(os.Getenv("REQUESTS") + "/*.json")
	for _, file := range files {
		path := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file)[3:], ".json"), "_", "/")
		text, _ := os.ReadFile(file)
		for name, value := range known {
			text = bytes.ReplaceAll(text, []byte("{{"+name+"}}"), []byte(value))
		}
		var body interface{}
		if err := json.Unmarshal(text, &body); err != nil {
			panic(err)
		}
		jsonReq, _ := json.Marshal(body)

		headers := map[string][]string{
			"Content-Type":  []string{"application/json"},
			"Accept":        []string{"*/*"},
			"Authorization": []string{token},
		}

		data := bytes.NewBuffer(jsonReq)
		req, err := http.NewRequest("POST", os.Getenv("BASE_URL")+"/gateway/v1/"+path, data)
		if err != nil {
			panic(err)
		}
		req.Header = headers

		client := &http.Client{}
		resp, err := client.Do(req)
		if err != nil {
			panic(err)
		}
		answer, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Printf("%s\t%s\n", path, answer)

		var told map[string]interface{}
		json.Unmarshal(answer, &told)
		if found, ok := told["accessToken"].(string); ok {
			token = found
		}
		if path == "payment" {
			known["TRADE_NO"], _ = told["tradeNo"].(string)
			known["IDENTIFIER"], _ = told["transactionIdentifier"].(string)
		}
	}
}
