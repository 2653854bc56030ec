#include "packager/why.h"

#include "core/file.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* `path` without links in its folder, to free(): a link itself is what is asked about. NULL: there
 * is no such folder. */
static char *real_place(const char *path)
{
    char *folder = file_folder(path);
    char *real = realpath(folder, NULL);
    char *place = real ? file_join(real, file_name(path)) : NULL;

    free(folder);
    free(real);
    return place;
}

static const char *skip_dot(const char *path)
{
    while (path[0] == '.' && path[1] == '/')
        path += 2 + strspn(path + 2, "/");
    return path;
}

/* A copy without "./" in front and slashes at the end. */
static char *tidy(const char *path)
{
    size_t len;

    path = skip_dot(path);
    len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    return xstrndup(path, len);
}

/* Whether `path` is `folder` or below it; all is below "". */
static bool is_at(const char *path, const char *folder)
{
    size_t len = strlen(folder);

    return !len || (strncmp(path, folder, len) == 0 && (path[len] == '/' || !path[len]));
}

void why_init(struct package_why *why, const char *source, const char *asked)
{
    char *path = tidy(asked);
    char *place = file_exists(path) ? real_place(path) : NULL;
    char *real = realpath(source, NULL);
    size_t len = real ? strlen(real) : 0;

    *why = (struct package_why){0};
    if (place && real && is_at(place, real))
        why->path = xstrdup(place + len + (place[len] == '/'));
    else
        why->path = xstrdup(strcmp(path, ".") == 0 ? "" : path);
    free(path);
    free(place);
    free(real);
}

void why_release(struct package_why *why)
{
    for (size_t i = 0; i < why->count; i++) {
        free(why->reasons[i].path);
        free(why->reasons[i].rule);
        free(why->reasons[i].where);
    }
    free(why->reasons);
    free(why->path);
    *why = (struct package_why){0};
}

/* The rules about one path on the way. */
struct step {
    struct package_why *why;
    const char *path;
    const struct ignore_rule *excludes, *includes; /* the ones that decide here */
};

static const char *effect_of(const struct ignore_rule *rule, bool include)
{
    if (include)
        return rule->negated ? "no longer puts it in" : "puts it in";
    return rule->negated ? "takes it back" : "leaves it out";
}

static void add_reason(void *context, const struct ignore_rule *rule, bool include)
{
    struct step *step = context;
    struct package_why *why = step->why;

    why->reasons = xreallocarray(why->reasons, why->count + 1, sizeof(*why->reasons));
    why->reasons[why->count++] =
        (struct package_reason){.path = xstrdup(step->path),
                                .rule = xstrdup(rule->text),
                                .where = xstrdup(rule->where),
                                .effect = effect_of(rule, include),
                                .decides = rule == (include ? step->includes : step->excludes)};
}

static struct verdict explain_step(struct package_why *why, const struct rules *rules,
                                   const struct subject *subject, struct verdict above)
{
    struct step step = {.why = why, .path = subject->path};

    rules_decide(rules, above, subject, &step.excludes, &step.includes);
    rules_each(rules, subject, add_reason, &step);
    return rules_judge(rules, above, subject);
}

static bool is_virtualenv(const char *folder)
{
    char *path = file_join(folder, "pyvenv.cfg");
    bool result = file_exists(path);

    free(path);
    return result;
}

/* Enters the source and each folder of the path in turn, as the walk does. */
static int descend(struct package_why *why, const struct rules *rules, const char *source,
                   char *path, struct err *err)
{
    struct rules_level *level;
    struct verdict verdict = rules_start(rules);
    char *folder = xstrdup(source);
    int result = rules_enter(rules, rules->above, source, "", &level, err);
    char *end = *path ? path : NULL;

    why->exists = why->folder = !end;
    if (verdict.excluded)
        add_reason(&(struct step){.why = why, .path = "", .excludes = verdict.excluded},
                   verdict.excluded, false);
    while (result == 0 && end) {
        struct subject subject = {.path = path, .level = level};
        struct stat status;

        end = strchr(end, '/');
        if (end)
            *end = '\0';
        free(folder);
        folder = file_join(source, path);
        why->exists = lstat(folder, &status) == 0;
        why->folder = subject.folder = end || (why->exists && S_ISDIR(status.st_mode));
        subject.virtualenv = subject.folder && is_virtualenv(folder);
        verdict = explain_step(why, rules, &subject, verdict);
        result = end ? rules_enter(rules, level, folder, path, &level, err) : 0;
        if (end)
            *end++ = '/';
    }
    rules_leave(level, rules->above);
    free(folder);
    return result;
}

int why_explain(struct package_why *why, const struct rules *rules, const char *source,
                struct err *err)
{
    char *path = xstrdup(why->path);
    bool outside = *path == '/' || strncmp(path, "..", 2) == 0;
    int result = outside ? 0 : descend(why, rules, source, path, err);

    free(path);
    return result;
}

static void mark(const struct package_why *why, const char *source, struct package_entry *entries,
                 size_t count)
{
    char *origin = *why->path ? file_join(source, why->path) : xstrdup(source);

    for (size_t i = 0; i < count; i++) {
        struct package_entry *entry = &entries[i];

        entry->asked = is_at(entry->path, why->path) ||
                       (entry->origin && is_at(skip_dot(entry->origin), skip_dot(origin)));
    }
    free(origin);
}

void why_mark(struct package_list *list, const char *source)
{
    mark(&list->why, source, list->entries, list->count);
    mark(&list->why, source, list->left_out, list->left_out_count);
}
