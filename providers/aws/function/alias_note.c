#include "providers/aws/function/alias_note.h"

#include "core/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DESCRIPTION_MAX = 256, VERSION_DIGITS = 12, TIME_DIGITS = 12 };

/* Where the parser is, and whether all was well so far. */
struct reader {
    const char *at;
    bool good;
};

/* Takes `word` when it comes next. */
static bool take_word(struct reader *reader, const char *word)
{
    size_t len = strlen(word);

    if (!reader->good || strncmp(reader->at, word, len) != 0)
        return false;
    reader->at += len;
    return true;
}

/* A number without sign or leading zero, of at most `most` digits. */
static int64_t take_number(struct reader *reader, int base, size_t most)
{
    const char *digits = base == 16 ? "0123456789abcdef" : "0123456789";
    size_t len = strspn(reader->at, digits);
    int64_t number;

    if (!reader->good || len == 0 || len > most || *reader->at == '0') {
        reader->good = false;
        return 0;
    }
    number = strtoll(reader->at, NULL, base);
    reader->at += len;
    return number;
}

static void take_fingerprint(struct reader *reader,
                             char fingerprint[static CONFIGURATION_FINGERPRINT_LEN])
{
    size_t len = CONFIGURATION_FINGERPRINT_LEN - 1;

    reader->good = take_word(reader, " ") && strspn(reader->at, "0123456789abcdef") == len;
    if (!reader->good)
        return;
    memcpy(fingerprint, reader->at, len);
    fingerprint[len] = '\0';
    reader->at += len;
}

static void take_before(struct reader *reader, struct alias_note *note)
{
    do {
        struct alias_past past = {.version = take_number(reader, 10, VERSION_DIGITS)};

        reader->good = take_word(reader, "@");
        past.at = take_number(reader, 16, TIME_DIGITS);
        if (note->count < ALIAS_BEFORE_MAX)
            note->before[note->count++] = past;
    } while (take_word(reader, ","));
}

bool alias_note_parse(const char *text, struct alias_note *note)
{
    struct reader reader = {.at = text, .good = true};

    *note = (struct alias_note){.count = 0};
    reader.good = take_word(&reader, "fnctl ");
    note->live.version = take_number(&reader, 10, VERSION_DIGITS);
    take_fingerprint(&reader, note->fingerprint);
    if (take_word(&reader, " at "))
        note->live.at = take_number(&reader, 16, TIME_DIGITS);
    if (take_word(&reader, " before "))
        take_before(&reader, note);
    if (take_word(&reader, " next ")) {
        note->next = take_number(&reader, 10, VERSION_DIGITS);
        take_fingerprint(&reader, note->next_fingerprint);
    }
    if (reader.good && *reader.at == '\0')
        return true;
    *note = (struct alias_note){.count = 0};
    return false;
}

/* The text with only the first `count` of those before. */
static char *text_with(const struct alias_note *note, size_t count)
{
    struct buf text;
    char *result;

    buf_init(&text, 0);
    buf_printf(&text, "fnctl %" PRId64 " %s", note->live.version, note->fingerprint);
    if (note->live.at)
        buf_printf(&text, " at %" PRIx64, note->live.at);
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%s%" PRId64 "@%" PRIx64, i ? "," : " before ", note->before[i].version,
                   note->before[i].at);
    if (note->next)
        buf_printf(&text, " next %" PRId64 " %s", note->next, note->next_fingerprint);
    result = xstrdup(buf_string(&text));
    buf_release(&text);
    return result;
}

char *alias_note_text(const struct alias_note *note)
{
    size_t count = note->count;
    char *text = text_with(note, count);

    while (strlen(text) > DESCRIPTION_MAX && count) {
        free(text);
        text = text_with(note, --count);
    }
    return text;
}

/* Forgets `version` among those before, and with `newer` all that are newer. */
static void forget(struct alias_note *note, int64_t version, bool newer)
{
    size_t kept = 0;

    for (size_t i = 0; i < note->count; i++) {
        int64_t past = note->before[i].version;

        if (past != version && (past < version || !newer))
            note->before[kept++] = note->before[i];
    }
    note->count = kept;
}

static void set_live(struct alias_note *note, struct alias_past live, const char *fingerprint)
{
    note->live = live;
    snprintf(note->fingerprint, sizeof(note->fingerprint), "%s", fingerprint);
    alias_note_end(note);
}

void alias_note_forward(struct alias_note *note, int64_t version, const char *fingerprint,
                        int64_t at)
{
    struct alias_past live = note->live;

    live.at = live.at ? live.at : 1;
    forget(note, version, false);
    if (live.version && live.version != version) {
        size_t moved = note->count < ALIAS_BEFORE_MAX ? note->count : ALIAS_BEFORE_MAX - 1;

        memmove(note->before + 1, note->before, moved * sizeof(*note->before));
        note->before[0] = live;
        note->count = moved + 1;
    }
    set_live(note, (struct alias_past){.version = version, .at = at}, fingerprint);
}

void alias_note_back(struct alias_note *note, int64_t version, const char *fingerprint, int64_t at)
{
    struct alias_past live = {.version = version, .at = at};

    if (version >= note->live.version) {
        alias_note_forward(note, version, fingerprint, at);
        return;
    }
    for (size_t i = 0; i < note->count; i++) {
        if (note->before[i].version == version)
            live = note->before[i];
    }
    forget(note, version, true);
    set_live(note, live, fingerprint);
}

void alias_note_end(struct alias_note *note)
{
    note->next = 0;
    note->next_fingerprint[0] = '\0';
}
