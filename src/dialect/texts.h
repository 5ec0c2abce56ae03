/* dialect_texts: the texts that the dialects `show`, `login` and `files` share. */
#ifndef KABAR_DIALECT_TEXTS_H
#define KABAR_DIALECT_TEXTS_H

#include "dialect/line.h"

extern const struct line_texts dialect_texts;

#define DIALECT_TEXTS_TOO_FAST                                            \
	"{\"status\":\"ERROR\",\"message\":\"Terlalu Banyak Permintaan, " \
	"Coba Lagi 10 Detik Lagi\"}\r\n\r\n"

#define DIALECT_TEXTS_BUSY \
	"{\"status\":\"ERROR\",\"message\":\"Server Penuh, Coba Lagi Nanti\"}\r\n\r\n"

/* For a message that is not UTF-8, as the wire's own rules have it. */
#define DIALECT_TEXTS_BAD_MESSAGE "parameter salah"

#endif
