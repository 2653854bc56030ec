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

engine_pid() {
    jq .pid "$FNCTL_STATE/engine.json"
}

ended() {
    ! kill -0 "$1" 2>/dev/null
}

@test "the engine's S3 answers boto3 with the codes of the service's model, and keeps all after kill -9" {
    "$PYTHON" -c 'import boto3' 2>/dev/null || skip "boto3 is not installed"
    "$FNCTL_LOCAL" --state "$FNCTL_STATE" 3>&- 4>&-
    local url pid
    url=$(jq -r .url "$FNCTL_STATE/engine.json")
    pid=$(engine_pid)
    "$PYTHON" "$ROOT/tests/e2e/engine_s3.py" "$FNCTL_STATE" "$url" make
    # Of all that it took only pages of headers were ever in memory.
    [ -n "${SAN:-}" ] || [ "$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status")" -le 32768 ]
    kill -9 "$pid"
    wait_for ended "$pid"
    touch "$FNCTL_STATE/blobs/incoming.123456"
    "$FNCTL_LOCAL" --state "$FNCTL_STATE" 3>&- 4>&-
    url=$(jq -r .url "$FNCTL_STATE/engine.json")
    [ ! -e "$FNCTL_STATE/blobs/incoming.123456" ]
    "$PYTHON" "$ROOT/tests/e2e/engine_s3.py" "$FNCTL_STATE" "$url" kept
    "$PYTHON" "$ROOT/tests/e2e/engine_s3.py" "$FNCTL_STATE" "$url" remove
}

# bats test_tags=plain
@test "awscli copies a file of 20 MB to the engine and back" {
    aws_on_engine
    head -c 20000000 /dev/urandom >there
    aws s3 mb s3://things-of-ours --region us-east-1
    aws s3 cp there s3://things-of-ours/some/file --region us-east-1 --no-progress
    aws s3 cp s3://things-of-ours/some/file back --region us-east-1 --no-progress
    cmp there back
    [[ $(aws s3 ls s3://things-of-ours/some/ --region us-east-1) == *"20000000 file" ]]
    aws s3 rb --force s3://things-of-ours --region us-east-1
}

# code_is_there: the function has the code that was packaged.
code_is_there() {
    same "$(api lambda /2015-03-31/functions/big-prod-big | jq -r .Configuration.CodeSha256)" \
        "$(openssl dgst -sha256 -binary .fnctl/prod/package/big.zip | base64)"
}

@test "a zip above 50 MB goes through the engine's S3, and runs" {
    aws_on_engine
    big_project
    succeeds fnctl plan prod
    same "$(requests ' s3\.')" 0
    succeeds fnctl deploy prod
    [[ $stderr == *"uploading big-prod-big, 51.0 MB, to bucket fnctl-000000000000-us-east-1"* ]]
    same "$(grep -o 's3\.[A-Za-z]* [0-9]*' "$T/proxy/log" | sort | uniq -c | awk '{ print $1, $2, $3 }' | tr '\n' ,)" \
        "1 s3.CompleteMultipartUpload 200,1 s3.CreateBucket 200,1 s3.CreateMultipartUpload 200,1 s3.HeadBucket 404,1 s3.HeadObject 404,1 s3.ListMultipartUploads 200,1 s3.PutBucketLifecycleConfiguration 200,1 s3.PutBucketTagging 204,1 s3.PutPublicAccessBlock 200,7 s3.UploadPart 200,"
    code_is_there
    succeeds fnctl invoke prod big '{"a": 1}'
    same "$output" '{"event": {"a": 1}}'
    faults
    succeeds fnctl deploy prod
    [[ $stderr == *"nothing to change"* ]]
    same "$(requests ' s3\.')" 0

    # The same zip as another function's: what is there is used. The bucket is no project's.
    succeeds fnctl undeploy prod --yes
    faults
    succeeds fnctl deploy prod
    same "$(requests 's3\.')" 3
    code_is_there
    # Changed: sent anew, to the bucket that is there.
    echo more >>data.bin
    faults
    succeeds fnctl update prod
    same "$(requests 's3.UploadPart 200')" 7
    same "$(requests 's3.(CreateBucket|Put)')" 0
    code_is_there
    # In a region that CreateBucket has to name.
    succeeds fnctl undeploy prod --yes
    succeeds fnctl deploy prod --region eu-central-1
    [[ $stderr == *"to bucket fnctl-000000000000-eu-central-1"* ]]
}

# bats test_tags=plain
@test "a layer above 50 MB goes through S3" {
    aws_on_engine
    head -c 51000000 /dev/urandom >data.bin
    mkdir source lib
    echo '__asm__(".section .rodata; .global data; data: .incbin \"data.bin\"; .previous");
        extern const char data[]; int first(void) { return data[0]; }' >big.c
    printf 'int first(void);\nint main(void) { return first() == 300; }\n' >main.c
    gcc -shared -fPIC -o lib/libbig.so big.c -Wl,-Bsymbolic
    gcc -o source/bootstrap main.c -Llib -lbig -Wl,-rpath,"$PWD/lib"
    settings native '{ "runtime": "provided.al2023", "handler": "bootstrap", "source": "source" }'
    succeeds fnctl deploy prod
    [[ $stderr == *"uploading layer native-prod-native, "*" to bucket fnctl-000000000000-us-east-1"* ]]
    same "$(requests 's3.UploadPart 200')" 7
    same "$(api lambda /2018-10-31/layers/native-prod-native/versions/1 | jq -r .Content.CodeSha256)" \
        "$(openssl dgst -sha256 -binary .fnctl/prod/package/native-layer.zip | base64)"
}

# put PATH FILE [CURL-ARGUMENT...]: into the bucket, past fnctl.
put() {
    api s3 -f -T "$2" -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "${@:3}" "/fnctl-000000000000-us-east-1/$1"
}

# two_parts: the first two parts have arrived.
two_parts() {
    [ "$(requests 's3.UploadPart 200')" = 2 ]
}

@test "an upload that is killed or interrupted goes on where it was" {
    aws_on_engine
    big_project
    for signal in KILL INT; do
        faults 's3.UploadPart#3-99 stall'
        in_background "$FNCTL" deploy prod 2>"$T/first"
        wait_for 120 two_parts
        kill -$signal $!
        wait $! && false || status=$?
        [ $signal = KILL ] || same "$status" 130
        faults
        succeeds fnctl deploy prod
        [[ $stderr == *"uploading big-prod-big, 51.0 MB, to bucket fnctl-000000000000-us-east-1: 16.8 MB of it are there already"* ]]
        same "$(requests 's3.(UploadPart|CreateMultipartUpload)')" 5
        code_is_there
        echo more >>data.bin
    done
}

# bats test_tags=plain
@test "parts and objects that are there but are not ours are not used" {
    aws_on_engine
    big_project
    faults 's3.UploadPart#3-99 stall'
    in_background "$FNCTL" deploy prod 2>"$T/first"
    wait_for 120 two_parts
    kill -9 $!
    wait $! || true
    zip_of_prod
    id=$(api s3 "/fnctl-000000000000-us-east-1?uploads=" | grep -o '<UploadId>[^<]*' | cut -d'>' -f2)
    head -c 8388608 /dev/zero >"$T/zeros"
    for part in 1 2 3 4 5 6; do
        put "$KEY?partNumber=$part&uploadId=$id" "$T/zeros" -H "x-amz-checksum-sha256: $(openssl dgst -sha256 -binary "$T/zeros" | base64)"
    done
    faults
    succeeds fnctl deploy prod
    [[ $stderr == *"to bucket fnctl-000000000000-us-east-1" || $stderr == *"to bucket fnctl-000000000000-us-east-1"$'\n'* ]]
    same "$(requests 's3.UploadPart')" 7
    code_is_there

    # An object of the right name and size.
    size=$(stat -c %s $ZIP)
    head -c "$size" /dev/zero >"$T/zeros"
    put "$KEY" "$T/zeros"
    succeeds fnctl undeploy prod --yes
    faults
    succeeds fnctl deploy prod
    same "$(requests 's3.UploadPart')" 7
    code_is_there
}

@test "a bucket that was left half-made is set up" {
    aws_on_engine
    big_project
    faults 's3.PutBucketLifecycleConfiguration signal KILL'
    in_background "$FNCTL" deploy prod
    echo $! >"$T/proxy/victim"
    wait $! || true
    faults
    succeeds fnctl deploy prod
    same "$(requests 's3.(PutPublicAccessBlock|PutBucketLifecycleConfiguration|PutBucketTagging) 20')" 3
    same "$(requests 's3.CreateBucket')" 0
}

@test "cut connections, full queues and damaged answers on the way to S3 are overcome" {
    aws_on_engine
    big_project
    faults 's3.UploadPart#2 reset' 's3.UploadPart#4 reset-after' 's3.UploadPart#5 status 503 SlowDown' 's3.UploadPart#6 status 500 InternalError' \
        's3.UploadPart#7 status 400 RequestTimeout' 's3.CompleteMultipartUpload#1 status 200 InternalError' \
        's3.CreateBucket#1 status 409 OperationAborted' 's3.PutPublicAccessBlock#1 status 404 NoSuchBucket' 's3.CreateMultipartUpload#1 status 503 SlowDown'
    succeeds fnctl deploy prod
    code_is_there
    same "$(requests 's3.UploadPart 200')" 7
    # It was completed, and the answer was lost.
    echo more >>data.bin
    faults 's3.CompleteMultipartUpload#1 reset-after'
    succeeds fnctl deploy prod
    same "$(requests 's3.UploadPart')" 7
    code_is_there
    # Somebody else ended it.
    echo more >>data.bin
    faults 's3.UploadPart#3 status 404 NoSuchUpload'
    succeeds fnctl deploy prod
    code_is_there
}

@test "what S3 refuses is told, with what to do" {
    aws_on_engine
    big_project
    faults 's3.HeadBucket status 403'
    fails 4 "bucket 'fnctl-000000000000-us-east-1' belongs to another account than 000000000000, or this identity may not use it" fnctl deploy prod
    [[ $stderr == *'name a bucket of this account and region that may be used, as "bucket" in the settings'* ]]
    faults 's3.HeadBucket status 400'
    fails 4 "the session may have ended (sign in again), or the bucket is in another region than us-east-1" fnctl deploy prod
    faults 's3.CreateBucket status 409 BucketAlreadyExists'
    fails 4 "the name 'fnctl-000000000000-us-east-1' is taken by another account" fnctl deploy prod
    faults 's3.CreateBucket status 403 AccessDenied'
    fails 4 "cannot CreateBucket: AccessDenied: injected; a zip above 50 MB goes through a bucket" fnctl deploy prod
    faults 's3.PutPublicAccessBlock status 403 AccessDenied'
    fails 4 "cannot PutPublicAccessBlock: AccessDenied" fnctl deploy prod
    faults 's3.UploadPart#3 status 403 AccessDenied'
    fails 4 "cannot UploadPart: AccessDenied: injected" fnctl deploy prod
    [[ $stderr == *"what has arrived is kept, and is not sent again next time"* ]]
    faults
    succeeds fnctl deploy prod

    # A bucket by name: taken as it is, or not at all.
    jq '.stages.prod.aws.bucket = "things-of-ours"' fnctl.json >new.json && mv new.json fnctl.json
    echo more >>data.bin
    fails 3 "bucket 'things-of-ours', which the settings name as aws.bucket, does not exist; make it in us-east-1" fnctl deploy prod
    api s3 -f -X PUT -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' /things-of-ours
    faults 's3.HeadBucket status 301'
    fails 3 "bucket 'things-of-ours' is in another region than us-east-1" fnctl deploy prod
    # Who may do no more than write into it can deploy.
    faults 's3.ListMultipartUploads status 403 AccessDenied' 's3.HeadObject status 403'
    succeeds fnctl deploy prod
    [[ $stderr == *"to bucket things-of-ours"* ]]
    same "$(requests 's3.(CreateBucket|Put|Get)')" 0
    code_is_there
    jq '.stages.prod.aws.bucket = "No_Such"' fnctl.json >new.json && mv new.json fnctl.json
    fails 3 "aws.bucket: 'No_Such' is no bucket's name" fnctl check prod
}

# bats test_tags=plain
@test "two deploys of one zip at once" {
    aws_on_engine
    big_project
    succeeds fnctl package prod
    jq '.functions.other = .functions.big' fnctl.json >new.json && mv new.json fnctl.json
    jq '.project = "two"' fnctl.json >"$T/two.json" && mkdir ../two && cp main.py data.bin ../two && cp "$T/two.json" ../two/fnctl.json
    in_background "$FNCTL" --settings ../two/fnctl.json deploy prod 2>"$T/second"
    succeeds fnctl deploy prod
    wait $!
    code_is_there
    same "$(api lambda /2015-03-31/functions | jq '[.Functions[].CodeSha256] | unique | length')" 1
}

# bats test_tags=plain
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

# bats test_tags=plain
@test "moto: an upload that is killed goes on where it was" {
    start_moto
    big_project
    start_proxy "$MOTO"
    faults 's3.UploadPart#3-99 stall'
    in_background "$FNCTL" deploy prod 2>"$T/first"
    two_parts() { [ "$(requests 's3.UploadPart 200')" = 2 ]; }
    wait_for 120 two_parts
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
