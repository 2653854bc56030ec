/* Compression by libdeflate: whole files, or pieces of a large one that workers compress apart. */
#ifndef FNCTL_PACKAGER_ZIP_DEFLATE_H
#define FNCTL_PACKAGER_ZIP_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>

/* A compressor at one level, for one thread at a time. */
struct deflater;

/* `level` is 1 to 12. */
struct deflater *deflater_new(int level);
void deflater_free(struct deflater *deflater);

/* Compresses `len` bytes into `out`; the length, or 0 when they do not become shorter. */
size_t deflate_whole(struct deflater *deflater, const void *data, size_t len, void *out);

/* The most bytes that deflate_piece() writes for `len` bytes. */
size_t deflate_piece_max(size_t len);

/*
 * Compresses one piece of a stream; the results of all pieces one after the
 * other are one deflate stream, which ends with the piece that is `last`. `out`
 * has deflate_piece_max(len) bytes; returns the length.
 */
size_t deflate_piece(struct deflater *deflater, const void *data, size_t len, bool last, void *out);

#endif
