# rest-client, as in the document: a hash of headers beside the body.
require 'rest-client'
require 'json'

known = ENV.to_h
token = 'API_KEY'

Dir.glob("#{ENV['REQUESTS']}/*.json").sort.each do |file|
  path = File.basename(file, '.json')[3..].tr('_', '/')
  body = JSON.parse(File.read(file, encoding: 'UTF-8').gsub(/{{(\w+)}}/) { known[$1] })

  headers = {
    'Content-Type' => 'application/json',
    'Accept' => '*/*',
    'Authorization' => token
  }

  begin
    result = RestClient.post "#{ENV['BASE_URL']}/gateway/v1/#{path}", body.to_json, headers
  rescue RestClient::ExceptionWithResponse => e
    result = e.response
  end

  answer = JSON.parse(result)
  puts "#{path}\t#{answer.to_json}"
  token = answer['accessToken'] || token
  known.update('TRADE_NO' => answer['tradeNo'], 'IDENTIFIER' => answer['transactionIdentifier']) if path == 'payment'
end
