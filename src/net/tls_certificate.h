/*
 * tls_certificate: the certificates of a file, without the private key that may lie in it as well.
 */
#ifndef KABAR_TLS_CERTIFICATE_H
#define KABAR_TLS_CERTIFICATE_H

#include <stddef.h>

#define TLS_CERTIFICATE_FILE_MAX 262144 /* bytes */

/*
 * Reads the certificates of a file in PEM, in their order; nothing else of the file stays in the
 * memory of this process. A text of *len bytes that the caller frees; NULL with errno set, EFBIG:
 * the file is too long.
 */
char *tls_certificate_read(const char *path, size_t *len);

#endif
