/* dialect_texts: the texts that the dialects `show`, `login` and `files` share. */
#include "dialect/texts.h"

#define BAD_ARGUMENTS "--Protocol Tidak Benar"

const struct line_texts dialect_texts = {
	.unknown = "**Protocol Tidak Benar",
	.bad_arguments = BAD_ARGUMENTS,
	.results = {
		[CHAT_NO_SESSION] = "Session Tidak Ditemukan",
		[CHAT_NO_USER] = "User Tidak Ditemukan",
		[CHAT_BAD_PASSWORD] = "Password Salah",
		[CHAT_LOCKED] = "Akun Dikunci",
		[CHAT_NO_GROUP] = "Group Tidak Ditemukan",
		[CHAT_NOT_MEMBER] = "User Bukan Anggota Group",
		[CHAT_NOT_INVITED] = "Group Tertutup, Perlu Undangan",
		[CHAT_BAD_KEY] = "Kunci Group Salah",
		[CHAT_GROUP_FULL] = "Group Penuh",
		[CHAT_BANNED] = "User Dilarang Dalam Group",
		[CHAT_NO_REALM] = "Realm Tidak Ditemukan",
		[CHAT_BAD_ARGUMENT] = BAD_ARGUMENTS,
		[CHAT_FORBIDDEN] = "Tidak Diizinkan",
		[CHAT_INBOX_FULL] = "Inbox Penuh",
		[CHAT_NO_FILE] = "File Tidak Ditemukan",
		[CHAT_TOO_BIG] = "File Terlalu Besar",
		[CHAT_QUOTA] = "Kuota File Habis",
		[CHAT_BUDGET] = "Jatah Kirim Habis, Coba Lagi Nanti",
		[CHAT_TOO_MANY] = "Batas Tercapai",
		[CHAT_QUEUE_FULL] = "Antrean Ke Realm Penuh",
		[CHAT_REFUSED] = "Ditolak Realm Tujuan",
		[CHAT_NO_ANSWER] = "Realm Tidak Menjawab",
		[CHAT_NO_SPACE] = "Penyimpanan Penuh",
		[CHAT_BLOCKED] = "User Tidak Menerima Pesan Dari Anda",
		[CHAT_TOO_SOON] = "Terlalu Banyak Percobaan, Coba Lagi Dalam",
		[CHAT_FAILED] = "Kesalahan Server, Coba Lagi",
	},
};
