# The bash completion: what it offers for words typed so far, as bash would call it.

load helper

# offers WORD...: completes the last word; the offers are in $offered, whether files are too in $files.
offers() {
    COMP_WORDS=(fnctl "$@") COMP_CWORD=$# COMPREPLY=() files=no
    _fnctl || true
    offered=${COMPREPLY[*]}
}

compopt() {
    files=yes
}

load_completion() {
    fnctl completion bash >"$T/fnctl.bash"
    source "$T/fnctl.bash"
}

@test "completion: commands, and options only after a hyphen" {
    load_completion
    offers un
    same "$offered" undeploy
    offers deploy ''
    same "$offered $files" " no"
    offers deploy --prof
    same "$offered" --profile
    offers undeploy dev --keep
    same "$offered" --keep-logs
}

@test "completion: the words of an argument" {
    load_completion
    offers local sta
    same "$offered" "start status"
    offers completion ''
    same "$offered" "bash zsh fish"
    offers help inv
    same "$offered" invoke
    offers init py
    same "$offered $files" "python yes"
}

@test "completion: files and choices after options that take them" {
    load_completion
    local words
    for words in 'deploy --settings' 'deploy -s' 'invoke --file' 'invoke -f' 'package --output' 'package -o'; do
        offers $words ''
        same "$words:$offered $files" "$words: yes"
    done
    offers init -f py
    same "$offered" python
    offers tail --format js
    same "$offered" json
    offers tail --format = js
    same "$offered" json
    offers tail --format =
    same "$offered" "short long raw json"
    offers tail --since ''
    same "$offered $files" " no"
}

@test "completion: what is printed for fish and zsh is well formed" {
    local shell
    for shell in fish zsh; do
        succeeds fnctl completion $shell
        [[ $output == *"start stop status logs env"* ]]
        ! command -v $shell || $shell -n <(echo "$output")
    done
}
