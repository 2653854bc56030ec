# A custom domain name on moto: certificate, domain name, mapping, DNS records; left alone what is
# another's; removed with all it needed.

load helper

REGION=us-east-1

# In front of moto: what AWS tells of a domain name.
start_regional() {
    export MOTO_ACM_VALIDATION_WAIT=1
    start_moto
    mkdir -p "$T/regional"
    in_background "$PYTHON" "$ROOT/tests/tools/regional.py" "$T/regional" "$MOTO"
    wait_for test -s "$T/regional/port"
    DIRECT=http://127.0.0.1:$(cat "$T/regional/port")
    start_proxy "${DIRECT#http://}"
}

# awscli, past the proxy.
look() {
    AWS_ENDPOINT_URL=$DIRECT aws "$@"
}

write_project() {
    echo 'def handler(event, context): return event' >main.py
    settings named '{ "runtime": "python3.13", "handler": "main.handler", "routes": ["GET /"] }'
    jq --argjson domain "$1" '.domain = $domain' fnctl.json >new.json
    mv new.json fnctl.json
}

# What was sent, against the service models.
requests_are_right() {
    "$PYTHON" -c 'import botocore' 2>/dev/null || return 0
    "$PYTHON" -B "$ROOT/tests/tools/check_wire.py" "$1" --operations >"$T/operations"
    grep -q ChangeResourceRecordSets "$T/operations"
    grep -q DeleteCertificate "$T/operations"
    "$PYTHON" -B "$ROOT/tests/tools/check_wire.py" "$1" --requests --secret "$AWS_SECRET_ACCESS_KEY"
}

records() {
    look route53 list-resource-record-sets --hosted-zone-id "$zone" |
        jq -cS '[.ResourceRecordSets[] | select(.Type | . != "NS" and . != "SOA") | [.Name, .Type, .AliasTarget.DNSName // .ResourceRecords[0].Value]]'
}

@test "a domain name with a new certificate and DNS records, moved to a path, and removed" {
    start_regional
    zone=$(look route53 create-hosted-zone --name example.com --caller-reference 1 | jq -r '.HostedZone.Id | split("/")[-1]')
    look route53 create-hosted-zone --name other.example --caller-reference 2 >"$T/answer"
    : >"$T/proxy/wire"
    write_project '"api.example.com"'
    run --separate-stderr fnctl plan prod --exit-code --region "$REGION"
    same "$status" 7
    [[ $output == *"certificate api.example.com"* && $output == *"domain api.example.com"* ]]
    succeeds fnctl deploy prod --region "$REGION"
    same "$output" https://api.example.com
    [[ $stderr == *"waiting until the certificate of api.example.com is issued"* ]]
    look apigatewayv2 get-domain-name --domain-name api.example.com >"$T/domain"
    certificate=$(jq -r '.DomainNameConfigurations[0].CertificateArn' "$T/domain")
    same "$(jq -c '.DomainNameConfigurations[0] | [.EndpointType, .SecurityPolicy]' "$T/domain")" '["REGIONAL","TLS_1_2"]'
    same "$(jq -c '[.Tags["fnctl:project"], .Tags["fnctl:stage"]]' "$T/domain")" '["named","prod"]'
    records >"$T/records"
    same "$(jq -c '[.[] | select(.[0] == "api.example.com.")]' "$T/records")" \
        '[["api.example.com.","A","d-0123456789.execute-api.us-east-1.amazonaws.com"],["api.example.com.","AAAA","d-0123456789.execute-api.us-east-1.amazonaws.com"]]'
    same "$(jq -c '[.[] | select(.[1] == "CNAME")] | length' "$T/records")" 1
    succeeds fnctl plan prod --exit-code --region "$REGION"

    # Another base path; the domain and its certificate stay.
    jq '.domain = {name: "api.example.com", base_path: "shop/v1"}' fnctl.json >new.json
    mv new.json fnctl.json
    succeeds fnctl deploy prod --region "$REGION"
    same "$output" https://api.example.com/shop/v1
    same "$(look apigatewayv2 get-api-mappings --domain-name api.example.com | jq -c '[.Items[].ApiMappingKey]')" '["shop/v1"]'
    succeeds fnctl plan prod --exit-code --region "$REGION"
    same "$(look acm list-certificates | jq '.CertificateSummaryList | length')" 1

    mv "$T/proxy/wire" "$T/wire"

    # A record that somebody changed is left alone, and said.
    look route53 change-resource-record-sets --hosted-zone-id "$zone" --change-batch '{"Changes": [{"Action": "UPSERT", "ResourceRecordSet": {"Name": "api.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}}]}' >"$T/answer"
    succeeds fnctl deploy prod --region "$REGION"
    [[ $stderr == *"the DNS record A of 'api.example.com' leads somewhere else and is left alone"* ]]

    : >"$T/proxy/wire"
    succeeds fnctl undeploy prod --yes --region "$REGION"
    cat "$T/proxy/wire" >>"$T/wire"
    rm "$T/proxy/wire"
    requests_are_right "$T/wire"
    same "$(records)" '[["api.example.com.","A","192.0.2.1"]]'
    same "$(look apigatewayv2 get-domain-names | jq -c .Items)" '[]'
    refute look acm describe-certificate --certificate-arn "$certificate"
}

@test "a domain name whose zone is elsewhere says what to set, and goes on with the same certificate" {
    start_regional
    export MOTO_ACM_VALIDATION_WAIT=1
    write_project '"www.elsewhere.example"'
    fails 1 "no hosted zone of this account holds the name: set the DNS record '_" fnctl deploy prod --region "$REGION"
    [[ $stderr == *"of type CNAME with the value '"*"then run the command again"* ]]
    sleep 2
    succeeds fnctl deploy prod --region "$REGION"
    [[ $stderr == *"set a CNAME record there that leads to d-0123456789.execute-api.us-east-1.amazonaws.com"* ]]
    same "$(look acm list-certificates | jq '.CertificateSummaryList | length')" 1
    # Somebody else's API below another path: the domain stays for it.
    other=$(look apigatewayv2 create-api --name other --protocol-type HTTP | jq -r .ApiId)
    look apigatewayv2 create-api-mapping --domain-name www.elsewhere.example --api-id "$other" --stage x --api-mapping-key theirs >"$T/answer"
    jq '.domain = {name: "www.elsewhere.example", base_path: "theirs"}' fnctl.json >new.json
    mv new.json fnctl.json
    fails 3 "the base path '/theirs' of the domain 'www.elsewhere.example' leads to another API, '$other'" fnctl deploy prod --region "$REGION"
    succeeds fnctl undeploy prod --yes --region "$REGION"
    [[ $stderr == *"the domain www.elsewhere.example stays: it leads to APIs of others, too"* ]]
    same "$(look apigatewayv2 get-api-mappings --domain-name www.elsewhere.example | jq -c '[.Items[].ApiMappingKey]')" '["theirs"]'
}

@test "domain names that cannot be are refused; the local engine has none" {
    local name
    for name in '"Api.Example.com"' '"localhost"' '"a..b"' '"-a.example"' '"a.example/"' '7' '{"name": "a.example", "base_path": "/v1"}' \
        '{"name": "a.example", "certificate": "arn:aws:iam::1:x"}' '{"name": "a.example", "zone": "example.com"}' '{"base_path": "v1"}'; do
        write_project "$name"
        fails 3 domain fnctl plan dev
    done
    write_project '"a.example"'
    jq '.functions.named.routes = []' fnctl.json >new.json && mv new.json fnctl.json
    fails 3 "domain: is the name of an HTTP API, but no function has 'routes'" fnctl plan dev
    write_project '"a.example"'
    succeeds fnctl deploy dev
    [[ $output == http://127.0.0.1:* ]]
    [[ $stderr == *"the domain a.example is for AWS"* ]]
    succeeds fnctl plan dev --exit-code
}
