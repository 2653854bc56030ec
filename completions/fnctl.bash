# bash completion for fnctl
_fnctl() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} words=
    COMPREPLY=()
    # The value of --option=value is a word of its own.
    [ "$word" != = ] || word=
    [ "$previous" != = ] || previous=${COMP_WORDS[COMP_CWORD - 2]}
    [ "${COMP_WORDS[COMP_CWORD]}" != = ] || previous=${COMP_WORDS[COMP_CWORD - 1]}
    if [ "$COMP_CWORD" -eq 1 ]; then
        command=
    fi
    case "$command $previous" in
    init' --template' | init' -t')
        compopt -o default 2>/dev/null
        return ;;
    init' --from')
        compopt -o default 2>/dev/null
        return ;;
    init' --from-function')
        return ;;
    init' --name' | init' -n')
        return ;;
    init' --runtime')
        return ;;
    check' --compression')
        return ;;
    package' --output' | package' -o')
        compopt -o default 2>/dev/null
        return ;;
    package' --why')
        return ;;
    package' --compression')
        return ;;
    plan' --compression')
        return ;;
    deploy' --compression')
        return ;;
    deploy' --weight')
        return ;;
    update' --compression')
        return ;;
    update' --weight')
        return ;;
    release' --weight')
        return ;;
    rollback' --to')
        return ;;
    invoke' --file' | invoke' -f')
        compopt -o default 2>/dev/null
        return ;;
    invoke' --concurrency')
        return ;;
    invoke' --path' | invoke' -p')
        return ;;
    invoke' --method')
        return ;;
    invoke' --header' | invoke' -H')
        return ;;
    invoke' --body')
        return ;;
    invoke' --qualifier')
        return ;;
    tail' --since')
        return ;;
    tail' --until')
        return ;;
    tail' --filter')
        return ;;
    tail' --grep')
        return ;;
    tail' --request')
        return ;;
    tail' --format')
        words=' short long raw json' ;;
    tail' --time')
        words=' local utc relative' ;;
    status' --since')
        return ;;
    status' --interval')
        return ;;
    versions' --prune')
        return ;;
    policy' --for')
        words=' plan deploy update rollback undeploy invoke tail status' ;;
    policy' --role')
        return ;;
    policy' --account')
        return ;;
    ?*' --settings' | ?*' -s')
        compopt -o default 2>/dev/null
        return ;;
    ?*' --profile')
        return ;;
    ?*' --region')
        return ;;
    ?*' --endpoint-url')
        return ;;
    *) case "$command $previous $word" in
    ' '*)
        words=' init check package plan deploy update release rollback invoke tail status versions undeploy policy local login logout settings schema completion help version' ;;
    init' '*' -'*)
        words=' --template --from --from-function --name --runtime --force --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    init' '*)
        words=' bash c flask node python' ;;
    check' '*' -'*)
        words=' --remote --compression --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    check' '*)
        words='' ;;
    package' '*' -'*)
        words=' --output --list --why --compression --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    package' '*)
        words='' ;;
    plan' '*' -'*)
        words=' --exit-code --compression --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    plan' '*)
        words='' ;;
    deploy' '*' -'*)
        words=' --compression --weight --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    deploy' '*)
        words='' ;;
    update' '*' -'*)
        words=' --compression --weight --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    update' '*)
        words='' ;;
    release' '*' -'*)
        words=' --weight --promote --abort --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    release' '*)
        words='' ;;
    rollback' '*' -'*)
        words=' --to --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    rollback' '*)
        words='' ;;
    invoke' '*' -'*)
        words=' --file --stream --lines --concurrency --path --method --header --body --async --dry-run --log --qualifier --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    invoke' '*)
        words='' ;;
    tail' '*' -'*)
        words=' --since --until --filter --grep --request --errors --no-report --by-request --format --time --poll --no-follow --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    tail' '*)
        words='' ;;
    status' '*' -'*)
        words=' --since --graph --watch --interval --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    status' '*)
        words='' ;;
    versions' '*' -'*)
        words=' --prune --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    versions' '*)
        words='' ;;
    undeploy' '*' -'*)
        words=' --keep-logs --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    undeploy' '*)
        words='' ;;
    policy' '*' -'*)
        words=' --for --role --account --large --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    policy' '*)
        words='' ;;
    local' '*' -'*)
        words=' --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    local' '*)
        words=' start stop status logs env' ;;
    login' '*' -'*)
        words=' --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    login' '*)
        words='' ;;
    logout' '*' -'*)
        words=' --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    logout' '*)
        words='' ;;
    settings' '*' -'*)
        words=' --resolved --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    settings' '*)
        words='' ;;
    schema' '*' -'*)
        words=' --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    schema' '*)
        words='' ;;
    completion' '*' -'*)
        words=' --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    completion' '*)
        words=' bash zsh fish' ;;
    help' '*' -'*)
        words=' --man --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    help' '*)
        words=' init check package plan deploy update release rollback invoke tail status versions undeploy policy local login logout settings schema completion help version settings-file' ;;
    version' '*' -'*)
        words=' --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help' ;;
    version' '*)
        words='' ;;
    esac ;;
    esac
    [ "$command" != init ] || compopt -o default 2>/dev/null
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _fnctl fnctl
