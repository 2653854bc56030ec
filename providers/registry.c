#include "providers/registry.h"

#include "core/memory.h"
#include "core/suggest.h"
#include "providers/aws/aws.h"
#include "providers/local/local.h"

#include <stdlib.h>
#include <string.h>

const struct provider *const providers[] = {&provider_local, &provider_aws, NULL};

static char *known_names(void)
{
    struct strlist names;
    char *text;

    strlist_init(&names);
    for (size_t i = 0; providers[i]; i++)
        strlist_add(&names, providers[i]->name);
    text = strlist_join(&names, ", ");
    strlist_release(&names);
    return text;
}

const struct provider *provider_find(const char *name, struct err *err)
{
    struct suggest suggest = {.word = name};
    char *known;

    for (size_t i = 0; providers[i]; i++) {
        if (strcmp(providers[i]->name, name) == 0)
            return providers[i];
        suggest_offer(&suggest, providers[i]->name);
    }
    known = known_names();
    err_set(err, ERR_SETTINGS, "unknown provider '%s': it is one of %s", name, known);
    if (suggest.best)
        err_append(err, "; did you mean '%s'?", suggest.best);
    free(known);
    return NULL;
}
