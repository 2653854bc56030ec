# bash completion for fnctl
_fnctl() {
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} words
    if [ "$COMP_CWORD" -eq 1 ]; then
        words=' init check package plan deploy update invoke tail status versions undeploy local settings schema completion help version'
    else
        case $command in
        init) words=' --template --name --runtime --force' ;;
        check) words=' --remote' ;;
        package) words=' --output --list' ;;
        plan) words=' --exit-code' ;;
        deploy) words='' ;;
        update) words='' ;;
        invoke) words=' --file --async --dry-run --log --qualifier' ;;
        tail) words=' --since --until --filter --format --no-follow' ;;
        status) words='' ;;
        versions) words='' ;;
        undeploy) words=' --keep-logs' ;;
        local) words='' ;;
        settings) words=' --resolved' ;;
        schema) words='' ;;
        completion) words='' ;;
        help) words=' --man' ;;
        version) words='' ;;
        esac
        words="$words --settings --profile --region --endpoint-url --json --quiet --verbose --yes --help"
    fi
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _fnctl fnctl
