/*
 * dialect_texts: the texts that the dialects `show`, `login` and `files` have in common.
 */
#ifndef KABAR_DIALECT_TEXTS_H
#define KABAR_DIALECT_TEXTS_H

#include "dialect/line.h"

#define DIALECT_TEXTS_UNKNOWN       "**Protocol Tidak Benar"
#define DIALECT_TEXTS_BAD_ARGUMENTS "--Protocol Tidak Benar"
#define DIALECT_TEXTS_BUSY \
	"{\"status\":\"ERROR\",\"message\":\"Server Penuh, Coba Lagi Nanti\"}\r\n\r\n"

/* A message that is not UTF-8, in the words of the wire's own rules. */
#define DIALECT_TEXTS_BAD_MESSAGE "parameter salah"

/* For a struct line_dialect's `any`. */
/* clang-format off */
#define DIALECT_TEXTS_ANY \
	[CHAT_NO_SESSION] = "Session Tidak Ditemukan", \
	[CHAT_NO_USER] = "User Tidak Ditemukan", \
	[CHAT_BAD_PASSWORD] = "Password Salah", \
	[CHAT_LOCKED] = "Akun Dikunci", \
	[CHAT_NO_GROUP] = "Group Tidak Ditemukan", \
	[CHAT_NOT_MEMBER] = "User Bukan Anggota Group", \
	[CHAT_NO_REALM] = "Realm Tidak Ditemukan", \
	[CHAT_BAD_ARGUMENT] = DIALECT_TEXTS_BAD_ARGUMENTS, \
	[CHAT_FORBIDDEN] = "Tidak Diizinkan", \
	[CHAT_INBOX_FULL] = "Inbox Penuh", \
	[CHAT_NO_FILE] = "File Tidak Ditemukan", \
	[CHAT_TOO_BIG] = "File Terlalu Besar", \
	[CHAT_QUOTA] = "Kuota File Habis", \
	[CHAT_QUEUE_FULL] = "Antrean Ke Realm Penuh", \
	[CHAT_REFUSED] = "Ditolak Realm Tujuan", \
	[CHAT_NO_ANSWER] = "Realm Tidak Menjawab", \
	[CHAT_NO_SPACE] = "Penyimpanan Penuh", \
	[CHAT_FAILED] = "Kesalahan Server, Coba Lagi"
/* clang-format on */

#endif
