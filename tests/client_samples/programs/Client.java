// HttpURLConnection, as in the document: the answer read line by line into a buffer.
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

public class Client {
    public static void main(String[] args) throws Exception {
        Map<String, String> known = new HashMap<>(System.getenv());
        String token = "API_KEY";
        List<Path> files = Files.list(Path.of(known.get("REQUESTS"))).sorted().collect(Collectors.toList());
        for (Path file : files) {
            String name = file.getFileName().toString();
            String path = name.substring(3, name.length() - 5).replace('_', '/');
            String body = Pattern.compile("\\{\\{(\\w+)}}").matcher(Files.readString(file))
                .replaceAll(found -> Matcher.quoteReplacement(known.get(found.group(1))));

            URL obj = new URL(known.get("BASE_URL") + "/gateway/v1/" + path);
            HttpURLConnection con = (HttpURLConnection) obj.openConnection();
            con.setRequestMethod("POST");
            con.setRequestProperty("Content-Type", "application/json");
            con.setRequestProperty("Authorization", token);
            con.setDoOutput(true);
            con.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
            int responseCode = con.getResponseCode();
            InputStream stream = responseCode < 400 ? con.getInputStream() : con.getErrorStream();
            BufferedReader in = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
            String inputLine;
            StringBuffer response = new StringBuffer();
            while ((inputLine = in.readLine()) != null) {
                response.append(inputLine);
            }
            in.close();
            System.out.println(path + "\t" + response.toString());

            token = found("accessToken", response, token);
            if (path.equals("payment")) {
                known.put("TRADE_NO", found("tradeNo", response, ""));
                known.put("IDENTIFIER", found("transactionIdentifier", response, ""));
            }
        }
    }

    private static String found(String name, CharSequence answer, String otherwise) {
        Matcher matcher = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(answer);
        return matcher.find() ? matcher.group(1) : otherwise;
    }
}
