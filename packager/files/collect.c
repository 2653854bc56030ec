#include "packager/files/collect.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/memory.h"
#include "core/pool.h"
#include "core/task.h"
#include "packager/files/collect_item.h"
#include "packager/files/folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_MAX = 8 /* more do not look at files faster */ };

/* A folder on the way. What it holds is known in any order, and put in order at the end. */
struct place {
    struct buf origin;                /* path on disk */
    struct verdict above;             /* on the folder it is in */
    struct verdict verdict;           /* on it */
    struct rules_level *outer;        /* applies in the folder it is in */
    struct rules_level *level;        /* applies in it */
    size_t worker;                    /* whose entries have its files */
    size_t first, count;              /* among these */
    size_t before;                    /* files of the folder it is in that come before it */
    struct place *inner, *last_inner; /* folders in it, in order */
    struct place *next;               /* the next of the same folder */
    struct err *failure;              /* why its files end there; NULL */
};

/* What a thread has for itself. */
struct worker {
    struct entries entries;
    struct folder folder;
    struct buf origin;      /* of the item at hand; the path below the source is a part of it */
    struct verdict verdict; /* that `reason` is for; neighbours are mostly there for the same */
    char *reason;
    bool *used;        /* as in struct collect */
    const char *fault; /* of the folder's path, which all in it then have; NULL */
};

struct walk {
    const struct collect *collect;
    struct collect_root root;
    size_t skip; /* bytes of an item's path on disk before its path below the source */
    struct worker *workers;
    size_t worker_count;
};

static int fail_folder(const char *folder, struct err *err)
{
    if (errno != EACCES)
        return collect_item_fail(folder, err);
    return err_set(err, ERR_PACKAGE,
                   "cannot read the folder '%s': %s: make it readable, or exclude it", folder,
                   strerror(EACCES));
}

/* Why a file that is not excluded, or included all the same, is in. */
static const char *describe(struct worker *worker, struct verdict verdict)
{
    const struct verdict *last = &worker->verdict;

    if (worker->reason && last->excluded == verdict.excluded &&
        last->included == verdict.included && last->restored == verdict.restored)
        return worker->reason;
    free(worker->reason);
    worker->verdict = verdict;
    if (verdict.excluded)
        worker->reason = xasprintf("%s '%s'", verdict.included->where, verdict.included->text);
    else if (verdict.restored)
        worker->reason =
            xasprintf("source, %s '%s'", verdict.restored->where, verdict.restored->text);
    else
        worker->reason = xstrdup("source");
    return worker->reason;
}

/* Notes which rules of `include` have something to match. */
static void note_used(const struct walk *walk, struct worker *worker, const struct subject *subject)
{
    const struct ignore *include = &walk->collect->rules->include;

    for (size_t i = 0; walk->collect->used && i < include->count; i++)
        if (!worker->used[i])
            worker->used[i] =
                ignore_rule_matches(&include->rules[i], subject->path, subject->folder);
}

/* Whether nothing at or below a place with that verdict can go in. */
static bool is_out(const struct walk *walk, struct verdict verdict)
{
    return verdict.excluded && !verdict.included && !walk->collect->rules->include.count;
}

static const char *path_of(const struct walk *walk, const struct buf *origin)
{
    return origin->len > walk->skip ? origin->data + walk->skip : "";
}

static struct place *new_place(const char *origin, struct verdict above, struct verdict verdict,
                               struct rules_level *outer)
{
    struct place *place = xcalloc(1, sizeof(*place));

    buf_init(&place->origin, 0);
    buf_puts(&place->origin, origin);
    place->above = above;
    place->verdict = verdict;
    place->outer = place->level = outer;
    return place;
}

static void free_places(struct place *place)
{
    while (place) {
        struct place *next = place->next;

        free_places(place->inner);
        rules_leave(place->level, place->outer);
        buf_release(&place->origin);
        free(place->failure);
        free(place);
        place = next;
    }
}

/* Leaves a folder in the folder for whoever is free. */
static void visit_folder(struct walk *walk, struct worker *worker, struct place *place,
                         struct verdict verdict, struct pool *pool)
{
    struct place *inner;

    if (is_out(walk, verdict))
        return;
    inner = new_place(worker->origin.data, place->verdict, verdict, place->level);
    inner->before = worker->entries.count - place->first;
    if (place->last_inner)
        place->last_inner->next = inner;
    else
        place->inner = inner;
    place->last_inner = inner;
    pool_add(pool, inner);
}

static int visit_file(struct walk *walk, struct worker *worker, const struct folder_item *item,
                      struct verdict verdict, struct err *err)
{
    const char *origin = worker->origin.data;
    const char *fault = worker->fault ? worker->fault : collect_fault(item->name);
    struct stat status = {.st_mode = S_IFLNK};

    if (verdict.excluded && !verdict.included)
        return 0;
    if (!item->is_link && folder_look(&worker->folder, item, &status) < 0)
        return collect_item_fail(origin, err);
    return collect_item_add(&worker->entries, &walk->root, path_of(walk, &worker->origin), origin,
                            &status, fault, describe(worker, verdict), err);
}

static int visit_items(struct walk *walk, struct worker *worker, struct place *place,
                       struct pool *pool, struct err *err)
{
    const struct folder *folder = &worker->folder;
    size_t len;
    int result = 0;

    buf_clear(&worker->origin);
    buf_append(&worker->origin, place->origin.data, place->origin.len);
    if (place->origin.len && place->origin.data[place->origin.len - 1] != '/')
        buf_putc(&worker->origin, '/');
    len = worker->origin.len;
    worker->fault = collect_fault(path_of(walk, &place->origin));
    for (size_t i = 0; i < folder->count && result == 0; i++) {
        struct subject subject = {.folder = folder->items[i].is_folder, .level = place->level};
        struct verdict verdict;

        worker->origin.len = len;
        buf_puts(&worker->origin, folder->items[i].name);
        subject.path = path_of(walk, &worker->origin);
        verdict = rules_judge(walk->collect->rules, place->verdict, &subject);
        note_used(walk, worker, &subject);
        if (interrupt_check(err) < 0)
            result = -1;
        else if (subject.folder)
            visit_folder(walk, worker, place, verdict, pool);
        else
            result = visit_file(walk, worker, &folder->items[i], verdict, err);
    }
    return result;
}

static int visit(struct walk *walk, struct worker *worker, struct place *place, struct pool *pool,
                 struct err *err)
{
    struct rules *rules = walk->collect->rules;
    const char *path = path_of(walk, &place->origin);
    struct subject virtualenv = {
        .path = path, .folder = true, .virtualenv = true, .level = place->outer};
    int result;

    if (folder_open(&worker->folder, place->origin.data) < 0) {
        if (place->verdict.excluded && !place->verdict.included)
            return 0; /* nobody asked for what is there */
        return fail_folder(place->origin.data, err);
    }
    if (*path && folder_has(&worker->folder, "pyvenv.cfg"))
        place->verdict = rules_judge(rules, place->above, &virtualenv);
    result = is_out(walk, place->verdict)
                 ? 0
                 : rules_enter(rules, place->outer, place->origin.data, path, &place->level, err);
    if (result == 0 && !is_out(walk, place->verdict))
        result = visit_items(walk, worker, place, pool, err);
    folder_close(&worker->folder);
    return result;
}

/* A piece of work of the pool: one folder. */
static void work(void *context, size_t number, struct pool *pool, void *task)
{
    struct walk *walk = context;
    struct worker *worker = &walk->workers[number];
    struct place *place = task;
    struct err err = {0};

    place->worker = number;
    place->first = worker->entries.count;
    if (visit(walk, worker, place, pool, &err) < 0) {
        place->failure = xcalloc(1, sizeof(err));
        *place->failure = err;
    }
    place->count = worker->entries.count - place->first;
}

/* Puts the files at and below the folder in order; of several failures the first is told. */
static int gather(const struct walk *walk, const struct place *place, struct entries *entries,
                  struct err *err)
{
    const struct entries *from = &walk->workers[place->worker].entries;
    size_t done = 0;

    for (const struct place *inner = place->inner; inner; inner = inner->next) {
        entries_append(entries, from, place->first + done, inner->before - done);
        done = inner->before;
        if (gather(walk, inner, entries, err) < 0)
            return -1;
    }
    entries_append(entries, from, place->first + done, place->count - done);
    if (place->failure)
        *err = *place->failure;
    return place->failure ? -1 : 0;
}

static void start_workers(struct walk *walk)
{
    size_t processors = task_processors();

    walk->worker_count = processors < THREADS_MAX ? processors : THREADS_MAX;
    walk->workers = xcalloc(walk->worker_count, sizeof(*walk->workers));
    for (size_t i = 0; i < walk->worker_count; i++) {
        buf_init(&walk->workers[i].origin, 0);
        walk->workers[i].used = xcalloc(walk->collect->rules->include.count, sizeof(bool));
    }
}

/* What the entries point to goes on living with `entries`. */
static void end_workers(struct walk *walk, struct entries *entries)
{
    for (size_t i = 0; i < walk->worker_count; i++) {
        struct worker *worker = &walk->workers[i];

        for (size_t k = 0; walk->collect->used && k < walk->collect->rules->include.count; k++)
            walk->collect->used[k] = walk->collect->used[k] || worker->used[k];
        worker->entries.count = 0;
        entries_move(entries, &worker->entries);
        folder_release(&worker->folder);
        buf_release(&worker->origin);
        free(worker->reason);
        free(worker->used);
    }
    free(walk->workers);
}

static int run(struct walk *walk, struct entries *entries, struct err *err)
{
    struct verdict start = rules_start(walk->collect->rules);
    struct place *top = new_place(walk->collect->folder, start, start, walk->collect->rules->above);
    size_t count = entries->count;
    int result;

    start_workers(walk);
    pool_run(work, walk, walk->worker_count, top);
    for (size_t i = 0; i < walk->worker_count; i++)
        count += walk->workers[i].entries.count;
    entries_reserve(entries, count);
    result = interrupt_check(err) < 0 ? -1 : gather(walk, top, entries, err);
    end_workers(walk, entries);
    free_places(top);
    return result;
}

int collect_files(struct entries *entries, const struct collect *collect, struct err *err)
{
    struct walk walk = {.collect = collect};
    size_t len = strlen(collect->folder);
    char *real;
    int result;

    if (!file_is_folder(collect->folder))
        return err_set(err, ERR_PACKAGE, "the source folder '%s' %s", collect->folder,
                       file_exists(collect->folder) ? "is no folder" : "does not exist");
    real = realpath(collect->folder, NULL);
    if (!real)
        return collect_item_fail(collect->folder, err);
    walk.root = (struct collect_root){collect->folder, real};
    walk.skip = len + (collect->folder[len - 1] != '/');
    result = run(&walk, entries, err);
    free(real);
    entries_sort(entries);
    return result;
}
