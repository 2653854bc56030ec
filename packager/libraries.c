#include "packager/content.h"

#include "core/file.h"
#include "core/memory.h"
#include "packager/files/stamp.h"
#include "packager/layer.h"
#include "packager/layer_memo.h"
#include "packager/python_abi.h"

#include <stdlib.h>
#include <string.h>

/* The sysroot's path from where fnctl was started, to free(); NULL: none. */
static char *find_sysroot(const struct content *content)
{
    const char *folder = content->settings->folder;

    if (!content->function->sysroot)
        return NULL;
    return file_join(strcmp(folder, ".") == 0 ? "" : folder, content->function->sysroot);
}

/* Finds out anew, and remembers what can be relied on. */
static int search(struct content *content, const char *sysroot, const struct layer_memo *memo,
                  struct layer_findings *findings, struct err *err)
{
    uint64_t began = stamp_clock();
    int result = layer_search(content, sysroot, findings, err);

    if (result == 0 && content->keep_memo)
        layer_memo_keep(memo, content, findings, began);
    return result;
}

int content_add_libraries(struct content *content, struct err *err)
{
    struct entries *entries = content->function->layer ? &content->libraries : &content->code;
    bool has_code = layer_has_elf(&content->code), has_more = layer_has_elf(&content->libraries);
    struct layer_findings findings = {.added = {0}};
    char *sysroot = find_sysroot(content);
    struct layer_memo memo;
    int result = 0;

    entries_sort(&content->libraries);
    if (has_code || has_more || sysroot) {
        layer_memo_open(&memo, content, sysroot);
        if (!layer_memo_recall(&memo, &findings))
            result = search(content, sysroot, &memo, &findings, err);
        layer_memo_close(&memo);
    }
    for (size_t i = 0; i < findings.warnings.count; i++)
        out_warn(content->out, "%s", findings.warnings.items[i]);
    if (result == 0) {
        python_abi_check(content);
        entries_move(entries, &findings.added);
        entries_sort(entries);
    }
    layer_findings_release(&findings);
    free(sysroot);
    return result;
}
