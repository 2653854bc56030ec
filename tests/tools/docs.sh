#!/bin/sh
# Renders the documentation from the program's tables: docs.sh PROGRAM FOLDER.
set -eu
program=$1
folder=$2
mkdir -p "$folder/man" "$folder/completions"
"$program" help --man >"$folder/man/fnctl.1"
for command in $("$program" help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    "$program" help --man "$command" >"$folder/man/fnctl-$command.1"
done
"$program" help --man settings-file >"$folder/man/fnctl.json.5"
"$program" completion bash >"$folder/completions/fnctl.bash"
"$program" completion zsh >"$folder/completions/_fnctl"
"$program" completion fish >"$folder/completions/fnctl.fish"
