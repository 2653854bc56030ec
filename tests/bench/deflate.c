/*
 * The limit of compressing: deflate THREADS LEVEL FOLDER reads every file below the folder and
 * compresses it with libdeflate, large ones in pieces of 1 MiB, and throws the result away. There
 * is no archive, no order, no hash and no checksum.
 */
#include <dirent.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 20, THREADS_MAX = 64 };

struct piece {
    char *path;
    off_t offset;
    size_t len;
};

struct work {
    struct piece *pieces;
    size_t count, capacity;
    int level;
    atomic_size_t next;
    atomic_ullong compressed;
};

static void fail(const char *subject)
{
    perror(subject);
    exit(1);
}

static void *check(void *made)
{
    if (!made)
        fail("deflate");
    return made;
}

static void add_file(struct work *work, char *path, off_t size)
{
    for (off_t offset = 0; offset < size; offset += PIECE) {
        off_t left = size - offset;

        if (work->count == work->capacity) {
            work->capacity = work->capacity * 2 + 64;
            work->pieces = check(realloc(work->pieces, work->capacity * sizeof(struct piece)));
        }
        work->pieces[work->count++] =
            (struct piece){path, offset, (size_t)(left < PIECE ? left : PIECE)};
    }
}

static void add_folder(struct work *work, const char *folder)
{
    DIR *stream = check(opendir(folder));
    struct dirent *item;
    struct stat status;

    while ((item = readdir(stream)) != NULL) {
        char *path = NULL;

        if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0)
            continue;
        if (asprintf(&path, "%s/%s", folder, item->d_name) < 0 || lstat(path, &status) < 0)
            fail(item->d_name);
        if (S_ISDIR(status.st_mode))
            add_folder(work, path);
        else if (S_ISREG(status.st_mode))
            add_file(work, path, status.st_size);
    }
    closedir(stream);
}

static void *run(void *context)
{
    struct work *work = context;
    struct libdeflate_compressor *compressor = check(libdeflate_alloc_compressor(work->level));
    size_t bound = libdeflate_deflate_compress_bound(compressor, PIECE);
    unsigned char *raw = check(malloc(PIECE));
    unsigned char *out = check(malloc(bound));

    for (size_t i; (i = work->next++) < work->count;) {
        const struct piece *piece = &work->pieces[i];
        int fd = open(piece->path, O_RDONLY | O_CLOEXEC);

        if (fd < 0 || pread(fd, raw, piece->len, piece->offset) != (ssize_t)piece->len)
            fail(piece->path);
        close(fd);
        work->compressed += libdeflate_deflate_compress(compressor, raw, piece->len, out, bound);
    }
    free(out);
    free(raw);
    libdeflate_free_compressor(compressor);
    return NULL;
}

int main(int argc, char **argv)
{
    int threads = argc == 4 ? atoi(argv[1]) : 0;
    struct work work = {.level = argc == 4 ? atoi(argv[2]) : 0};
    pthread_t workers[THREADS_MAX];

    if (threads < 1 || threads > THREADS_MAX || work.level < 1 || work.level > 12) {
        fprintf(stderr, "usage: deflate THREADS LEVEL FOLDER\n");
        return 2;
    }
    add_folder(&work, argv[3]);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&workers[i], NULL, run, &work) != 0)
            return 1;
    for (int i = 0; i < threads; i++)
        pthread_join(workers[i], NULL);
    return printf("%llu bytes\n", (unsigned long long)work.compressed) < 0;
}
