#include <zlib.h>

// These are macros, which Swift does not see. 15 bits of window, and 16 for the format of gzip.
static inline int CZlib_beginGzip(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
}

static inline int CZlib_beginGunzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
