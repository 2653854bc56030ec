#include "packager/zip/zip_output.h"

#include "core/interrupt.h"
#include "core/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 17, COPY_SIZE = 1 << 22 };

struct zip_output {
    const char *name;
    int fd;
    uint64_t offset;
    /* Shared with the thread that hashes. */
    struct hash *hash;
    pthread_t thread;
    bool threaded;
    pthread_mutex_t lock;
    pthread_cond_t change;
    uint64_t settled; /* bytes that may be hashed */
    bool complete;    /* no more will come */
    int failure;      /* errno of the thread; 0 */
};

static int fail(const struct zip_output *output, int number, struct err *err)
{
    return err_set(err, ERR_PACKAGE, "cannot write '%s': %s", output->name, strerror(number));
}

/* Hashes up to `end`; 0, or an errno. */
static int hash_until(struct zip_output *output, uint64_t *hashed, uint64_t end)
{
    unsigned char data[READ_SIZE];

    while (*hashed < end) {
        size_t len = end - *hashed < sizeof(data) ? (size_t)(end - *hashed) : sizeof(data);
        ssize_t count = pread(output->fd, data, len, (off_t)*hashed);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count ? errno : EIO;
        hash_update(output->hash, data, (size_t)count);
        *hashed += (uint64_t)count;
    }
    return 0;
}

/* Follows what is settled until it is complete. */
static void *hash_all(void *context)
{
    struct zip_output *output = context;
    uint64_t hashed = 0, end;
    bool complete = false;
    int failure = 0;

    while (!complete && !failure) {
        pthread_mutex_lock(&output->lock);
        while (!output->complete && output->settled == hashed)
            pthread_cond_wait(&output->change, &output->lock);
        end = output->settled;
        complete = output->complete;
        pthread_mutex_unlock(&output->lock);
        failure = hash_until(output, &hashed, end);
    }
    output->failure = failure;
    return NULL;
}

struct zip_output *zip_output_new(const char *path, const char *name, struct err *err)
{
    struct zip_output *output = xcalloc(1, sizeof(*output));

    output->name = name;
    output->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (output->fd < 0) {
        fail(output, errno, err);
        free(output);
        return NULL;
    }
    output->hash = hash_new();
    pthread_mutex_init(&output->lock, NULL);
    pthread_cond_init(&output->change, NULL);
    output->threaded = pthread_create(&output->thread, NULL, hash_all, output) == 0;
    return output;
}

/* Ends the thread, when it has hashed what is settled. */
static void join(struct zip_output *output)
{
    pthread_mutex_lock(&output->lock);
    output->complete = true;
    pthread_cond_signal(&output->change);
    pthread_mutex_unlock(&output->lock);
    if (output->threaded)
        pthread_join(output->thread, NULL);
    output->threaded = false;
}

void zip_output_free(struct zip_output *output)
{
    if (!output)
        return;
    join(output);
    if (output->fd >= 0)
        close(output->fd);
    hash_free(output->hash);
    pthread_cond_destroy(&output->change);
    pthread_mutex_destroy(&output->lock);
    free(output);
}

uint64_t zip_output_offset(const struct zip_output *output)
{
    return output->offset;
}

int zip_output_fill(struct zip_output *output, uint64_t offset, const void *data, size_t len,
                    struct err *err)
{
    const unsigned char *p = data;

    while (len) {
        ssize_t count = pwrite(output->fd, p, len, (off_t)offset);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(output, errno, err);
        p += count;
        len -= (size_t)count;
        offset += (uint64_t)count;
    }
    return 0;
}

int zip_output_append(struct zip_output *output, const void *data, size_t len, struct err *err)
{
    int result = zip_output_fill(output, output->offset, data, len, err);

    output->offset += len;
    return result;
}

/* Copies some bytes, at least one, by reading and writing; how many, or -1. */
static ssize_t copy_by_hand(int from, off_t offset, int to, off_t place, size_t len)
{
    unsigned char data[READ_SIZE];
    ssize_t count = pread(from, data, len < sizeof(data) ? len : sizeof(data), offset);

    return count <= 0 ? count : pwrite(to, data, (size_t)count, place);
}

/* Not all file systems can, nor can one copy to another: then it is done by hand. */
static ssize_t copy_some(int from, off_t offset, int to, off_t place, size_t len)
{
    off_t in = offset, out = place;
    ssize_t count = copy_file_range(from, &in, to, &out, len, 0);

    if (count > 0 || (count < 0 && (errno == EINTR || errno == ENOSPC || errno == EFBIG)))
        return count;
    return copy_by_hand(from, offset, to, place, len);
}

int zip_output_copy(struct zip_output *output, int from, uint64_t offset, uint64_t len,
                    struct err *err)
{
    while (len) {
        size_t some = len < COPY_SIZE ? (size_t)len : COPY_SIZE;
        ssize_t count = copy_some(from, (off_t)offset, output->fd, (off_t)output->offset, some);

        if (interrupt_check(err) < 0)
            return -1;
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return fail(output, count ? errno : EIO, err);
        output->offset += (uint64_t)count;
        offset += (uint64_t)count;
        len -= (uint64_t)count;
        zip_output_settle(output);
    }
    return 0;
}

void zip_output_leave(struct zip_output *output, size_t len)
{
    output->offset += len;
}

void zip_output_settle(struct zip_output *output)
{
    pthread_mutex_lock(&output->lock);
    output->settled = output->offset;
    pthread_cond_signal(&output->change);
    pthread_mutex_unlock(&output->lock);
}

int zip_output_finish(struct zip_output *output, uint8_t digest[static HASH_LEN], struct err *err)
{
    bool threaded = output->threaded;
    int fd;

    zip_output_settle(output);
    join(output);
    if (!threaded)
        hash_all(output);
    if (output->failure)
        return fail(output, output->failure, err);
    hash_finish(output->hash, digest);
    output->hash = NULL;
    fd = output->fd;
    output->fd = -1;
    return close(fd) < 0 ? fail(output, errno, err) : 0; /* network file systems fail here */
}
