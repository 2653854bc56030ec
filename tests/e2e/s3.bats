# Zips above 50 MB, which go through S3: on moto, read back through awscli, and on the engine.

load helper

# big_project [FUNCTION-JSON]: a function whose zip is 51 MB.
big_project() {
    python_project big "$@"
    head -c 51000000 /dev/urandom >data.bin
}

# The zip that prod deploys, and its object's name.
zip_of_prod() {
    ZIP=.fnctl/prod/package/big.zip
    KEY=fnctl/$(sha256sum $ZIP | cut -d' ' -f1).zip
}

@test "moto: a zip above 50 MB goes through S3, in parts, once" {
    start_moto
    big_project
    succeeds fnctl deploy prod
    [[ $stderr == *"uploading big-prod-big, 51.0 MB, to bucket fnctl-123456789012-us-east-1"* ]]
    BUCKET=fnctl-123456789012-us-east-1
    zip_of_prod
    same "$(aws lambda get-function --function-name big-prod-big | jq -r .Configuration.CodeSha256)" \
        "$(openssl dgst -sha256 -binary $ZIP | base64)"

    # What somebody else reads there is what was packaged, in a bucket that is closed.
    aws s3api get-object --bucket "$BUCKET" --key "$KEY" "$T/copy" >"$T/answer"
    cmp "$T/copy" $ZIP
    same "$(aws s3api get-public-access-block --bucket "$BUCKET" | jq -c '[.PublicAccessBlockConfiguration[]] | unique')" '[true]'
    same "$(aws s3api get-bucket-lifecycle-configuration --bucket "$BUCKET" |
        jq -c '[.Rules[] | [.Status, .Filter.Prefix, .Expiration.Days, .AbortIncompleteMultipartUpload.DaysAfterInitiation]]')" '[["Enabled","",3,3]]'
    same "$(aws s3api get-bucket-tagging --bucket "$BUCKET" | jq -c '[.TagSet[].Key]')" '["fnctl:bucket"]'

    # Again: nothing. Another function of the same zip: no upload. Another zip: the bucket is there.
    start_proxy "$MOTO"
    faults
    succeeds fnctl deploy prod
    [[ $stderr == *"nothing to change"* ]]
    same "$(requests ' s3\.')" 0
    succeeds fnctl undeploy prod --yes
    succeeds fnctl deploy prod
    same "$(requests 's3.UploadPart')" 0
    echo more >>data.bin
    faults
    succeeds fnctl deploy prod
    same "$(requests 's3.(CreateBucket|Put)')" 0
    same "$(requests 's3.UploadPart 200')" 7
    succeeds fnctl undeploy prod --yes
}

@test "moto: an upload that is killed goes on where it was" {
    start_moto
    big_project
    start_proxy "$MOTO"
    faults 's3.UploadPart#3-99 stall'
    in_background "$FNCTL" deploy prod 2>"$T/first"
    two_parts() { [ "$(requests 's3.UploadPart 200')" = 2 ]; }
    wait_for two_parts
    kill -9 $!
    wait $! || true
    faults
    succeeds fnctl deploy prod
    [[ $stderr == *"16.8 MB of it are there already"* ]]
    same "$(requests 's3.UploadPart')" 5
    zip_of_prod
    same "$(aws lambda get-function --function-name big-prod-big | jq -r .Configuration.CodeSha256)" \
        "$(openssl dgst -sha256 -binary $ZIP | base64)"
}
