/*
 * assets: the page's files, as pack.sh puts them into the binary: each as it is and compressed.
 */
#ifndef KABAR_DIALECT_WEB_ASSETS_H
#define KABAR_DIALECT_WEB_ASSETS_H

#include <stddef.h>

struct dialect_web_asset {
	const char *name; /* without a slash; NULL: the end of the list */
	const char *type; /* Content-Type */
	const char *hash; /* 32 hexadecimal digits of the SHA-256 */
	const unsigned char *plain, *gzip;
	size_t plain_len, gzip_len;
};

extern const struct dialect_web_asset dialect_web_assets[];

#endif
