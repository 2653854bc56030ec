#!/bin/sh
# Writes the C source that holds the given files: embed.sh ROOT FILE... (see core/embedded.h).
set -eu
root=$1
shift
echo '#include "core/embedded.h"'
echo '/* Made by tests/tools/embed.sh. */'
index=0
for file in "$@"; do
    printf '%s\n' "__asm__(\".section .rodata\\nembedded_start_$index:\\n.incbin \\\"$file\\\"\\nembedded_end_$index:\\n.byte 0\\n.previous\\n\");"
    echo "extern const unsigned char start_$index[] __asm__(\"embedded_start_$index\");"
    echo "extern const unsigned char end_$index[] __asm__(\"embedded_end_$index\");"
    index=$((index + 1))
done
echo 'const struct embedded_file embedded_files[] = {'
index=0
for file in "$@"; do
    mode=0644
    [ -x "$file" ] && mode=0755
    echo "    {\"${file#"$root"/}\", start_$index, end_$index, $mode},"
    index=$((index + 1))
done
echo '    {0, 0, 0, 0}};'
