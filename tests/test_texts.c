/*
 * Every text of the five documents and of kabar-protocol(7), once: a table for each dialect of what
 * is said and what is heard, to the letter. The last tests read the page, and demand that each text
 * and code in it stands in a table.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impostor.h"
#include "listeners.h"
#include "manual_page.h"
#include "realm_int.h"
#include "realms.h"
#include "room_script.h"

#define PAGE     "man/kabar-protocol.7"
#define TEXT_MAX 256
#define HALO     "aGFsbw==" /* halo */

/* Small enough for each limit to be met by a few requests; malang is never there. */
#define LIMITS                                                                                    \
	"group_members_max = 2\nblocks_max = 2\nfile_max = 1024\nuser_quota = 2048\ninbox_max = " \
	"5\nqueue_max = "                                                                         \
	"1\n"                                                                                     \
	"peer \"malang\" { address = \"127.0.0.1\"  port = 1  fingerprint = \"SHA256:"            \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" }\n"                  \
	"peer \"batu\" { address = \"127.0.0.1\"  port = 1  fingerprint = \"SHA256:"              \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdee\" }\n"

/*
 * A text as the page has it, with * for a name, and a script of room_run() in which it is heard.
 * A row without a text prepares those after it.
 */
struct row {
	const char *text;
	const char *script;
};

/* 1024 bytes fit into a file, 1025 do not. */
#define A64   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define A256  A64 A64 A64 A64
#define A1024 A256 A256 A256 A256
#define BIG   A1024 A256 A64 "AAAAAAAAAAAAAAAAAAAAAA==" /* 1024 bytes: 1368 characters */
#define HUGE  A1024 A256 A64 "AAAAAAAAAAAAAAAAAAAAAAA=" /* one byte more */

/* realm-dialect.txt, and what the page adds. messi is a, henderson b, lineker c. */
static const struct row realm_rows[] = {
	{ "*Maaf, command tidak benar", "> halo\n< ERROR *Maaf, command tidak benar\n" },
	{ "parameter salah", "> auth messi\n< ERROR parameter salah\n" },
	{ "User Tidak Ada", "> auth maradona x\n< ERROR User Tidak Ada\n" },
	{ "Password Salah", "> auth messi x\n< ERROR Password Salah\n" },
	{ "Akun dikunci", "> auth gerrard surabaya\n< ERROR Akun dikunci\n" },
	{ "Session tidak ditemukan", "> inbox\n< ERROR Session tidak ditemukan\n" },
	{ NULL,
	    "> register pele santos Edson_Arantes Brasil\n< TOKEN p\n> logout\n< OK Logout "
	    "successful\n" },
	{ "User sudah ada", "> register pele santos Edson Brasil\n< ERROR User sudah ada\n" },
	{ NULL,
	    "a> auth messi surabaya\na< TOKEN m\nb> auth henderson surabaya\nb< TOKEN h\n"
	    "c> auth lineker surabaya\nc< TOKEN l\n" },
	{ "User tidak ditemukan", "> info maradona\n< ERROR User tidak ditemukan\n" },
	{ "Realm tidak menjawab", "> info pele@malang\n< ERROR Realm tidak menjawab\n" },
	{ "Realm tidak ditemukan", "> info pele@bogor\n< ERROR Realm tidak ditemukan\n" },
	{ "Message sent", "> send pele satu\n< OK Message sent\n" },
	{ NULL,
	    "> send pele dua\n< OK Message sent\n> send pele tiga\n< OK Message sent\n"
	    "> send pele empat\n< OK Message sent\n> send pele lima\n< OK Message sent\n" },
	{ "Inbox penuh", "> send pele enam\n< ERROR Inbox penuh\n" },
	{ "Add group successful", "> addgroup tim\n< OK Add group successful\n" },
	{ "Group sudah ada", "> addgroup TIM\n< ERROR Group sudah ada\n" },
	{ "Group tidak ditemukan", "> joingroup bola\n< ERROR Group tidak ditemukan\n" },
	{ "Join group successful", "b> joingroup tim\nb< OK Join group successful\n" },
	{ "User sudah dalam group", "b> joingroup tim\nb< ERROR User sudah dalam group\n" },
	{ "Batas tercapai", "c> joingroup tim\nc< ERROR Batas tercapai\n" },
	{ "User bukan anggota group", "c> sendgroup tim x\nc< ERROR User bukan anggota group\n" },
	{ "Group changed", "> group tim private on\n< OK Group changed\n" },
	{ "Group tertutup, perlu undangan",
	    "c> joingroup tim\nc< ERROR Group tertutup, perlu undangan\n" },
	{ "User tidak diundang", "> invite tim lineker off\n< ERROR User tidak diundang\n" },
	{ "User invited", "> invite #tim lineker\n< OK User invited\n" },
	{ "Invitation ended", "> invite tim lineker off\n< OK Invitation ended\n" },
	{ NULL, "> group tim private off\n< OK Group changed\n" },
	{ "Kunci group salah",
	    "> group tim key rahasia\n< OK Group changed\n"
	    "c> joingroup tim\nc< ERROR Kunci group salah\n"
	    "> group tim key off\n< OK Group changed\n" },
	{ "Group penuh",
	    "> group tim limit 1\n< OK Group changed\n"
	    "c> joingroup tim\nc< ERROR Group penuh\n"
	    "> group tim limit off\n< OK Group changed\n" },
	{ "User dilarang dalam group",
	    "> group tim ban lineker\n< OK Group changed\n"
	    "c> joingroup tim\nc< ERROR User dilarang dalam group\n" },
	{ "Message sent to group", "> sendgroup tim halo\n< OK Message sent to group\n" },
	{ "Message sent to user in realm",
	    "> sendprivaterealm surabaya henderson halo\n< OK Message sent to user in realm\n" },
	{ "Message sent to group in realm",
	    "> sendgrouprealm surabaya group:tim halo\n< OK Message sent to group in realm\n" },
	{ "queued",
	    "> sendprivaterealm malang pele halo\n"
	    "< {'status':'OK','message':'Message sent to user in realm','delivery':'queued'}\n" },
	{ "Antrean ke realm penuh",
	    "> sendprivaterealm malang pele halo\n< ERROR Antrean ke realm penuh\n" },
	{ "Realm sudah ada", "> addrealm malang\n< ERROR Realm sudah ada\n" },
	{ "Tidak diizinkan", "> addrealm solo 127.0.0.1 1\n< ERROR Tidak diizinkan\n" },
	{ "File sent", "> sendfile henderson a.txt " HALO "\n< OK File sent\n" },
	{ "File *",
	    "b> inbox\nb< MESSAGES {'messi':[(Lionel Messi>#tim:halo),"
	    "(Lionel Messi>Jordan Henderson:halo),(Lionel Messi>#tim:halo),"
	    "{'msg_from':'Lionel Messi','msg_to':'Jordan Henderson','msg':'File a.txt',$*}]}\n" },
	{ "File sent to group", "> sendgroupfile tim b.txt " HALO "\n< OK File sent to group\n" },
	{ "File sent to user in realm",
	    "> sendfilerealm surabaya henderson c.txt " HALO
	    "\n< OK File sent to user in realm\n" },
	{ "File sent to group in realm",
	    "> sendgroupfilerealm surabaya tim d.txt " HALO
	    "\n< OK File sent to group in realm\n" },
	{ "File tidak ditemukan", "> getfile\n< ERROR File tidak ditemukan\n" },
	{ "User * is currently offline",
	    "> getpresence pele\n< OK User pele is currently offline\n" },
	{ "File terlalu besar", "> sendfile henderson e " HUGE "\n< ERROR File terlalu besar\n" },
	{ NULL, "> sendfile henderson f " BIG "\n< OK File sent\n" },
	{ "Kuota file habis", "> sendfile henderson g " BIG "\n< ERROR Kuota file habis\n" },
	{ "Blocked", "c> block messi\nc< OK Blocked\n" },
	{ "User tidak menerima pesan dari Anda",
	    "> send lineker x\n< ERROR User tidak menerima pesan dari Anda\n"
	    "> sendgroup lineker,henderson x\n< ERROR User tidak menerima pesan dari Anda\n"
	    "> sendfile lineker h " HALO "\n< ERROR User tidak menerima pesan dari Anda\n" },
	{ "Tidak dapat diblokir",
	    "c> block kabar\nc< ERROR Tidak dapat diblokir\n"
	    "c> block lineker\nc< ERROR Tidak dapat diblokir\n"
	    "c> block @surabaya\nc< ERROR Tidak dapat diblokir\n" },
	{ NULL,
	    "c> block @malang\nc< OK Blocked\nc> block pele@batu\nc< ERROR Batas tercapai\n"
	    "c> block pele@bogor\nc< ERROR Realm tidak ditemukan\n"
	    "c> block maradona\nc< ERROR User tidak ditemukan\n"
	    "c> block a@\nc< ERROR parameter salah\n"
	    "c> blocks\nc< {'status':'OK','blocks':['messi','@malang']}\n" },
	{ "Unblocked", "c> unblock messi\nc< OK Unblocked\n> send lineker x\n< OK Message sent\n" },
	{ "Tidak diblokir", "c> unblock messi\nc< ERROR Tidak diblokir\n" },
	{ "Password changed", "c> passwd surabaya bandung\nc< OK Password changed\n" },
	{ "Group left", "b> leave tim\nb< OK Group left\n" },
	{ "User removed from group",
	    "b> joingroup tim\nb< OK Join group successful\n"
	    "> kick tim henderson\n< OK User removed from group\n" },
	{ "Following", "b> follow\nb< OK Following\n" },
	{ "event", "b< {'status':'OK','event':'message',$*}\n" },
	{ "Read", "c> read messi 1\nc< OK Read\n" },
	{ "Client noted", "c> client texts/1\nc< OK Client noted\n" },
	{ "Logout successful", "c> logout $l \nc< OK Logout successful\n" },
	{ "Watching", "> watch\n< OK Watching\n" },
};

/* show-dialect.txt; what it shares with login and files stands here alone. */
static const struct row show_rows[] = {
	{ "**Protocol Tidak Benar", "> halo\n< ERROR **Protocol Tidak Benar\n" },
	{ "--Protocol Tidak Benar", "> auth messi\n< ERROR --Protocol Tidak Benar\n" },
	{ "Session Tidak Ditemukan", "> show\n< ERROR Session Tidak Ditemukan\n" },
	{ "User Tidak Ada", "> auth maradona x\n< ERROR User Tidak Ada\n" },
	{ "Password Salah", "> auth messi x\n< ERROR Password Salah\n" },
	{ "Akun Dikunci", "> auth gerrard surabaya\n< ERROR Akun Dikunci\n" },
	{ NULL, "> auth messi surabaya\n< TOKEN m\n" },
	{ "negara",
	    "> show\n< INFO [{'username':'messi','name':'Lionel Messi','negara':'Argentina'}]\n" },
	{ "User Tidak Ditemukan", "> send maradona x\n< ERROR User Tidak Ditemukan\n" },
	{ "Message Sent", "> send henderson  hello gimana kabarnya son \n< OK Message Sent\n" },
	{ "parameter salah", "> send henderson \xff\n< ERROR parameter salah\n" },
	{ NULL,
	    "> send henderson 2\n< OK Message Sent\n> send henderson 3\n< OK Message Sent\n"
	    "> send henderson 4\n< OK Message Sent\n> send henderson 5\n< OK Message Sent\n" },
	{ "Inbox Penuh", "> send henderson 6\n< ERROR Inbox Penuh\n" },
	{ "Following", "> follow\n< OK Following\n" },
	{ NULL, "> logout $m \n< {'status':'OK','message':'$m'}\n" },
};

/* login-dialect.txt */
static const struct row login_rows[] = {
	{ "Autentikasi Gagal!",
	    "> login naim tes\n< ERROR Autentikasi Gagal!\n"
	    "> login messi tes\n< ERROR Autentikasi Gagal!\n"
	    "> auth gerrard surabaya\n< ERROR Autentikasi Gagal!\n" },
	{ "**Protocol Tidak Benar", "> show\n< ERROR **Protocol Tidak Benar\n" },
	{ "--Protocol Tidak Benar", "> login messi\n< ERROR --Protocol Tidak Benar\n" },
	{ "Session Tidak Ditemukan", "> inbox\n< ERROR Session Tidak Ditemukan\n" },
	{ NULL, "> login messi surabaya\n< TOKEN m\nb> login lineker surabaya\nb< TOKEN l\n" },
	{ NULL, "> show_user\n< MESSAGES ['lineker']\n> show user\n< MESSAGES ['lineker']\n" },
	{ "User Tidak Ditemukan", "> send naim coba\n< ERROR User Tidak Ditemukan\n" },
	{ "Message Sent", "> send lineker halo lineker, ini pesan dari saya\n< OK Message Sent\n" },
	{ NULL,
	    "b> inbox\nb< MESSAGES {'messi':[(Lionel Messi>Gary Lineker:"
	    " halo lineker, ini pesan dari saya \\r\\n)]}\n" },
	{ "logout berhasil", "> logout\n< MESSAGES ['logout berhasil']\n" },
};

/* files-dialect.txt */
static const struct row files_rows[] = {
	{ "**Protocol Tidak Benar", "> show\n< ERROR **Protocol Tidak Benar\n" },
	{ "--Protocol Tidak Benar", "> auth\n< ERROR --Protocol Tidak Benar\n" },
	{ "User Tidak Ada", "> auth aul sby\n< ERROR User Tidak Ada\n" },
	{ "Password Salah", "> auth messi sby\n< ERROR Password Salah\n" },
	{ "Session Tidak Ditemukan", "> my_file\n< ERROR Session Tidak Ditemukan\n" },
	{ NULL, "a> auth messi surabaya\na< TOKEN m\nb> auth owen surabaya\nb< TOKEN o\n" },
	{ "User Tidak Ditemukan", "> send messias sby\n< ERROR User Tidak Ditemukan\n" },
	{ "Message Sent", "> send_group kopi hhai\n< OK Message Sent\n" },
	{ "Group Tidak Ditemukan",
	    "> send_group gorupxx bakekok\n< ERROR Group Tidak Ditemukan\n"
	    "> send_group_file groupxx chat.py " HALO "\n< ERROR Group Tidak Ditemukan\n" },
	{ "User Bukan Anggota Group",
	    "b> send_group kopi hhai\nb< ERROR User Bukan Anggota Group\n" },
	{ "File Sent",
	    "> send_file henderson konabess.txt " HALO "\n< OK File Sent\n"
	    "> send_group_file kopi menu.txt " HALO "\n< OK File Sent\n" },
	{ "Downloaded *",
	    "> download_file henderson konabess.txt\n"
	    "< {'status':'OK','messages':'Downloaded konabess.txt',"
	    "'filename':'konabess.txt','data':'" HALO "'}\n" },
	{ "File Tidak Ditemukan",
	    "> download_file aul asiap\n< ERROR File Tidak Ditemukan\n"
	    "> download_file henderson asiap\n< ERROR File Tidak Ditemukan\n" },
	{ "File Terlalu Besar", "> send_file henderson e " HUGE "\n< ERROR File Terlalu Besar\n" },
	{ NULL, "> send_file henderson f " BIG "\n< OK File Sent\n" },
	{ "Kuota File Habis", "> send_file henderson g " BIG "\n< ERROR Kuota File Habis\n" },
	{ NULL,
	    "> send henderson 1\n< OK Message Sent\n> send henderson 2\n< OK Message Sent\n"
	    "> send henderson 3\n< OK Message Sent\n" },
	{ "Inbox Penuh", "> send henderson 4\n< ERROR Inbox Penuh\n" },
	{ "Logout Berhasil", "> logout\n< OK Logout Berhasil\n" },
};

/* room-dialect.txt; the texts that the page names behind a code stand with that code. */
static const struct row room_rows[] = {
	{ "permintaan harus diawali dengan {",
	    "> halo\n< BAD_REQUEST permintaan harus diawali dengan {\n" },
	{ "permintaan tidak diakhiri dengan }",
	    "> {FLAG=REG\n< BAD_REQUEST permintaan tidak diakhiri dengan }\n" },
	{ "permintaan bukan dictionary: KUNCI = nilai",
	    "> {FLAG}\n< BAD_REQUEST permintaan bukan dictionary: KUNCI = nilai\n" },
	{ "permintaan bukan UTF-8",
	    "> {FLAG=REG CONTENT=\xff}\n< BAD_REQUEST permintaan bukan UTF-8\n" },
	{ "dictionary bersarang terlalu dalam",
	    "> {A={B={C={D={E=1}}}}}\n< BAD_REQUEST dictionary bersarang terlalu dalam\n" },
	{ "escape yang salah",
	    "> {\"FLAG\":\"REG\",\"CONTENT\":\"\\ud83d\"}\n< BAD_REQUEST escape yang salah\n" },
	{ "FLAG tidak dikenal", "> {FLAG=TERBANG}\n< BAD_REQUEST FLAG tidak dikenal\n" },
	{ "belum login", "> MAKE_ROOM bola\n< BAD_REQUEST belum login\n" },
	{ "REG_OK anda berhasil terdaftar dengan username: *",
	    "> REG pele santos\n< REG_OK anda berhasil terdaftar dengan username: pele\n" },
	{ "REG_DUPE username sudah terdaftar",
	    "> REG pele santos\n< REG_DUPE username sudah terdaftar\n" },
	{ "username atau password tidak sah",
	    "> REG -x santos\n< BAD_REQUEST username atau password tidak sah\n" },
	{ "USER_NONEXIST Login gagal , user tidak ditemukan",
	    "> LOGIN didi x\n< USER_NONEXIST Login gagal , user tidak ditemukan\n" },
	{ "BAD_PASS Login gagal ,password salah",
	    "> LOGIN pele x\n< BAD_PASS Login gagal ,password salah\n" },
	{ "akun dikunci", "> LOGIN gerrard surabaya\n< BAD_REQUEST akun dikunci\n" },
	{ "LOGIN_OK Login berhasil: *", "> LOGIN pele santos\n< LOGIN_OK Login berhasil: pele\n" },
	{ "ROOM_LIST_OK", "< ROOM_LIST_OK 'kopi'\n" },
	{ "ONLINE_LIST_OK", "< ONLINE_LIST_OK 'pele'\n" },
	{ "LOGIN_DUPE Login gagal , user telah ter-login",
	    "> LOGIN pele santos\n< LOGIN_DUPE Login gagal , user telah ter-login\n" },
	{ "MAKE_ROOM_OK * berhasil dibuat",
	    "> MAKE_ROOM bola\n< MAKE_ROOM_OK bola berhasil dibuat\n"
	    "< ROOM_LIST_OK 'bola','kopi'\n" },
	{ "MAKE_ROOM_DUPE * sudah ada", "> MAKE_ROOM bola\n< MAKE_ROOM_DUPE bola sudah ada\n" },
	{ "batas tercapai", "> MAKE_ROOM dua\n< BAD_REQUEST batas tercapai\n" },
	{ "nama room tidak sah", "> MAKE_ROOM -\n< BAD_REQUEST nama room tidak sah\n" },
	{ "anda tidak berada dalam room itu",
	    "> SEND bola halo\n< BAD_REQUEST anda tidak berada dalam room itu\n"
	    "> QUIT_ROOM kopi\n< BAD_REQUEST anda tidak berada dalam room itu\n" },
	{ "JOIN_ROOM_FAILED room * tertutup, perlu undangan",
	    "> JOIN_ROOM rahasia\n"
	    "< JOIN_ROOM_FAILED room rahasia tertutup, perlu undangan\n" },
	{ "JOIN_ROOM_OK", "> JOIN_ROOM bola\n< JOIN_ROOM_OK bola\n" },
	{ "ROOM_USER_LIST", "< ROOM_USER_LIST 'pele'\n" },
	{ "JOIN_ROOM_FAILED tidak dapat masuk ke dalam room *",
	    "> JOIN_ROOM teh\n< JOIN_ROOM_FAILED tidak dapat masuk ke dalam room teh\n" },
	{ "chat kosong atau terlalu panjang",
	    "> SEND bola\n< BAD_REQUEST chat kosong atau terlalu panjang\n" },
	{ "SEND_OK chat ke room * berhasil dikirim",
	    "> SEND bola 1\n< SEND_OK chat ke room bola berhasil dikirim\n" },
	{ "MESSAGE", "< MESSAGE pele bola 1\n" },
	{ NULL,
	    "> SEND bola 2\n< SEND_OK $*\n< MESSAGE pele bola 2\n"
	    "> SEND bola 3\n< SEND_OK $*\n< MESSAGE pele bola 3\n"
	    "> SEND bola 4\n< SEND_OK $*\n< MESSAGE pele bola 4\n"
	    "> SEND bola 5\n< SEND_OK $*\n< MESSAGE pele bola 5\n" },
	{ "room penuh", "> SEND bola 6\n< BAD_REQUEST room penuh\n" },
	{ "ROOM_QUITTED", "> QUIT_ROOM bola\n< ROOM_QUITTED bola\n" },
	{ "room tidak ditemukan", "> QUIT_ROOM teh\n< BAD_REQUEST room tidak ditemukan\n" },
	{ "DEL_ROOM_FORBIDDEN * hanya dapat dihapus oleh pemilik atau administrator",
	    "> DEL_ROOM kopi\n< DEL_ROOM_FORBIDDEN kopi hanya dapat dihapus oleh pemilik "
	    "atau administrator\n" },
	{ "DEL_ROOM_NOT_EXIST * tidak ditemukan",
	    "> DEL_ROOM teh\n< DEL_ROOM_NOT_EXIST teh tidak ditemukan\n" },
	{ NULL,
	    "> MAKE_ROOM tim\n< MAKE_ROOM_OK tim berhasil dibuat\n"
	    "< ROOM_LIST_OK 'bola','kopi','tim'\n" },
	{ "DEL_ROOM_OK * berhasil dihapus",
	    "> DEL_ROOM tim\n< DEL_ROOM_OK tim berhasil dihapus\n"
	    "< ROOM_LIST_OK 'bola','kopi'\n" },
	{ "LOGOUT_OK * telah log out", "> LOGOUT\n< LOGOUT_OK pele telah log out\n" },
};

/* Where nobody may register. */
static const struct row closed_rows[] = {
	{ "Registrasi ditutup", "> register didi x Didi Brasil\n< ERROR Registrasi ditutup\n" },
	{ "registrasi ditutup",
	    "> {FLAG=REG CONTENT={username=didi password=x}}\n< BAD_REQUEST registrasi ditutup\n" },
};

/* Where registration is by invitation. */
static const struct row invited_rows[] = {
	{ "Registrasi hanya dengan kode undangan",
	    "> register didi x Didi Brasil\n< ERROR Registrasi hanya dengan kode undangan\n" },
	{ "registrasi hanya dengan kode undangan",
	    "> {FLAG=REG CONTENT={username=didi password=x}}\n"
	    "< BAD_REQUEST registrasi hanya dengan kode undangan\n" },
	{ "Kode undangan tidak berlaku",
	    "> invitation kopi\n< ERROR Kode undangan tidak berlaku\n" },
	{ "Kode undangan diterima",
	    "> invitation k7mq-2f9x-01wd-8c3n\n< OK Kode undangan diterima\n" },
	{ "kode undangan tidak berlaku",
	    "> {FLAG=REG CONTENT={username=didi password=x}}\n"
	    "< BAD_REQUEST kode undangan tidak berlaku\n" },
};

/* Where the store cannot be opened: a to e speak the dialects in their order. */
static const struct row broken_rows[] = {
	{ "Kesalahan server, coba lagi",
	    "a> auth messi surabaya\na< ERROR Kesalahan server, coba lagi\n" },
	{ "Kesalahan Server, Coba Lagi",
	    "b> auth messi surabaya\nb< ERROR Kesalahan Server, Coba Lagi\n"
	    "c> auth messi surabaya\nc< ERROR Kesalahan Server, Coba Lagi\n"
	    "d> auth messi surabaya\nd< ERROR Kesalahan Server, Coba Lagi\n" },
	{ "kesalahan server, coba lagi",
	    "e> LOGIN messi surabaya\ne< BAD_REQUEST kesalahan server, coba lagi\n" },
};

/* Where the disk has no room for messages: owen has logged in as a to e, in the order of the
 * dialects.
 */
static const struct row no_space_rows[] = {
	{ "Penyimpanan penuh", "a> send messi halo\na< ERROR Penyimpanan penuh\n" },
	{ "Penyimpanan Penuh",
	    "b> send messi halo\nb< ERROR Penyimpanan Penuh\n"
	    "c> send messi halo\nc< ERROR Penyimpanan Penuh\n"
	    "d> send messi halo\nd< ERROR Penyimpanan Penuh\n" },
	{ "penyimpanan penuh",
	    "e> {FLAG=SEND RECEIVER=lapangan CONTENT=halo}\ne< BAD_REQUEST penyimpanan penuh\n" },
};

/* Where a user is sending as many files as one may. */
static const struct row uploads_rows[] = {
	{ "Batas Tercapai",
	    "> auth messi surabaya\n< TOKEN m\n"
	    "> send_file henderson g " HALO "\n< ERROR Batas Tercapai\n" },
};

/* Where a byte is more than one may send. */
static const struct row budget_rows[] = {
	{ "Jatah kirim habis, coba lagi nanti",
	    "a> send messi halo\na< ERROR Jatah kirim habis, coba lagi nanti\n" },
	{ "Jatah Kirim Habis, Coba Lagi Nanti",
	    "b> send messi halo\nb< ERROR Jatah Kirim Habis, Coba Lagi Nanti\n"
	    "c> send messi halo\nc< ERROR Jatah Kirim Habis, Coba Lagi Nanti\n"
	    "d> send messi halo\nd< ERROR Jatah Kirim Habis, Coba Lagi Nanti\n" },
	{ "jatah kirim habis, coba lagi nanti",
	    "e> {FLAG=SEND RECEIVER=lapangan CONTENT=halo}\n"
	    "e< BAD_REQUEST jatah kirim habis, coba lagi nanti\n" },
};

/* Where lineker blocks owen, who speaks in all dialects. */
static const struct row blocked_rows[] = {
	{ NULL,
	    "a> auth lineker surabaya\na< TOKEN l\na> block owen\na< OK Blocked\n"
	    "a> auth owen surabaya\na< TOKEN o\n" },
	{ "User tidak menerima pesan dari Anda",
	    "a> send lineker halo\na< ERROR User tidak menerima pesan dari Anda\n" },
	{ "User Tidak Menerima Pesan Dari Anda",
	    "b> send lineker halo\nb< ERROR User Tidak Menerima Pesan Dari Anda\n"
	    "c> send lineker halo\nc< ERROR User Tidak Menerima Pesan Dari Anda\n"
	    "d> send lineker halo\nd< ERROR User Tidak Menerima Pesan Dari Anda\n"
	    "d> send_file lineker x " HALO "\nd< ERROR User Tidak Menerima Pesan Dari Anda\n" },
};

/* Where kopi, in which owen is, first bans him and then is moderated. */
static const struct row banned_rows[] = {
	{ "anda dilarang dalam room itu",
	    "e> {FLAG=SEND RECEIVER=kopi CONTENT=halo}\n"
	    "e< BAD_REQUEST anda dilarang dalam room itu\n" },
	{ "User Dilarang Dalam Group",
	    "d> send_group kopi halo\nd< ERROR User Dilarang Dalam Group\n" },
	{ NULL,
	    "a> auth messi surabaya\na< TOKEN m\n"
	    "e< ONLINE_LIST_OK 'messi','owen'\n"
	    "a> group kopi unban owen\na< OK Group changed\n"
	    "a> group kopi moderated on\na< OK Group changed\n" },
	{ "tidak diizinkan",
	    "e> {FLAG=SEND RECEIVER=kopi CONTENT=halo}\ne< BAD_REQUEST tidak diizinkan\n" },
};

/* Where there is room for one client, who is a; the others connect in the order of the dialects. */
static const struct row full_rows[] = {
	{ "Server penuh, coba lagi nanti",
	    "f< ERROR Server penuh, coba lagi nanti\nf hears the end\n" },
	{ "Server Penuh, Coba Lagi Nanti",
	    "b< ERROR Server Penuh, Coba Lagi Nanti\nb hears the end\n"
	    "c< ERROR Server Penuh, Coba Lagi Nanti\nc hears the end\n"
	    "d< ERROR Server Penuh, Coba Lagi Nanti\nd hears the end\n" },
	{ "Server penuh, coba lagi nanti",
	    "e< BAD_REQUEST Server penuh, coba lagi nanti\ne hears the end\n" },
};

/* Where one request without a login is allowed. */
static const struct row flood_rows[] = {
	{ "Terlalu banyak permintaan, coba lagi 10 detik lagi",
	    "a> halo\na< ERROR *Maaf, command tidak benar\n> halo\n"
	    "< ERROR Terlalu banyak permintaan, coba lagi 10 detik lagi\na hears the end\n" },
	{ "Terlalu Banyak Permintaan, Coba Lagi 10 Detik Lagi",
	    "b> halo\nb< ERROR **Protocol Tidak Benar\nb> halo\n"
	    "b< ERROR Terlalu Banyak Permintaan, Coba Lagi 10 Detik Lagi\nb hears the end\n"
	    "c> halo\nc< ERROR **Protocol Tidak Benar\nc> halo\n"
	    "c< ERROR Terlalu Banyak Permintaan, Coba Lagi 10 Detik Lagi\nc hears the end\n"
	    "d> halo\nd< ERROR **Protocol Tidak Benar\nd> halo\n"
	    "d< ERROR Terlalu Banyak Permintaan, Coba Lagi 10 Detik Lagi\nd hears the end\n" },
	{ "Terlalu banyak permintaan, coba lagi 10 detik lagi",
	    "e> {FLAG=JOIN}\ne< BAD_REQUEST $*\ne> {FLAG=JOIN}\n"
	    "e< BAD_REQUEST Terlalu banyak permintaan, coba lagi 10 detik lagi\n"
	    "e hears the end\n" },
};

/* Requests that are too long; the test makes them of the text. */
static const struct row long_rows[] = {
	{ "permintaan terlalu panjang", "< BAD_REQUEST permintaan terlalu panjang\n" },
	{ "terlalu banyak atribut", "< BAD_REQUEST terlalu banyak atribut\n" },
};

static struct realm realm;
static struct dialogue talk;

static void
setup(void)
{
	listeners_make(&realm);
	REALM_CTL(&realm, NULL, "user", "lock", "gerrard");
	REALM_CTL(&realm, NULL, "group", "add", "rahasia", "messi");
	REALM_CTL(&realm, NULL, "group", "private", "rahasia", "on");
}

static bool
is_committer_gone(void *arg)
{
	pid_t *committer = arg;

	return realm_committer(&realm) != *committer;
}

/* The committer of the setup would serve the test, too, and has other settings. */
static void
setup_fresh(void)
{
	setup();
	pid_t committer = realm_committer(&realm);
	if (committer > 0) {
		kill(committer, SIGTERM);
		ck_assert(realm_until(is_committer_gone, &committer));
	}
}

static void
teardown(void)
{
	dialogue_end(&talk);
	listeners_remove(&realm);
}

/* Each text has to be in its script, the names in it aside. */
static void
expect_text(const struct row *row)
{
	const char *at = row->text;

	while (at != NULL && *at != '\0') {
		char piece[TEXT_MAX];
		size_t len = strcspn(at, "*");

		if (len == 0 && at[1] != ' ' && at[1] != '\0')
			len = 1 + strcspn(at + 1, "*"); /* it begins with a star of its own */
		snprintf(piece, sizeof(piece), "%.*s", (int)len, at);
		ck_assert_msg(strstr(row->script, piece) != NULL, "\"%s\" is not in: %s", piece,
		    row->script);
		at += len;
		at += *at == '*';
	}
}

#define RUN(rows) run_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void
run_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		expect_text(&rows[i]);
		room_run(&talk, rows[i].script);
	}
}

/* All of them speak this dialect. */
static void
begin(const char *dialect, const char *settings)
{
	if (settings != NULL)
		realm_configure(&realm, settings);
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR);
	for (int i = 0; i < DIALOGUE_SPEAKERS; i++)
		talk.dialects[i] = dialect;
}

START_TEST(realm_texts)
{
	begin("realm", LIMITS);
	realm_start(&realm); /* which learns who its peers are */
	RUN(realm_rows);
}
END_TEST

START_TEST(show_texts)
{
	begin("show", "inbox_max = 5");
	RUN(show_rows);
}
END_TEST

START_TEST(login_texts)
{
	begin("login", NULL);
	RUN(login_rows);
}
END_TEST

START_TEST(files_texts)
{
	begin("files", "file_max = 1024\nuser_quota = 2048\ninbox_max = 5");
	RUN(files_rows);
}
END_TEST

START_TEST(room_texts)
{
	begin("room", "inbox_max = 5\ngroups_own_max = 1");
	RUN(room_rows);
}
END_TEST

START_TEST(closed)
{
	begin("realm", "registration = off");
	RUN(closed_rows);
}
END_TEST

START_TEST(invited)
{
	begin("realm", "registration = invitation");
	RUN(invited_rows);
}
END_TEST

/* Each speaks a dialect of its own. */
static void
begin_all(const char *settings)
{
	begin("realm", settings);
	for (int i = 0; i < LISTENERS; i++)
		talk.dialects[i] = listeners_dialects[i];
}

START_TEST(broken)
{
	char settings[2 * REALM_PATH_MAX];

	snprintf(settings, sizeof(settings), "state = \"%s/nowhere\"", realm.dir);
	begin_all(settings);
	RUN(broken_rows);
}
END_TEST

/* owen is logged in at all listeners, and in a room at the last. */
static void
begin_owen(const char *settings)
{
	begin_all(settings);
	room_run(&talk,
	    "a> auth owen surabaya\na< TOKEN o\nb> auth owen surabaya\nb< TOKEN o\n"
	    "c> auth owen surabaya\nc< TOKEN o\nd> auth owen surabaya\nd< TOKEN o\n"
	    "e> LOGIN owen surabaya\ne< LOGIN_OK $*\ne< ROOM_LIST_OK 'kopi'\n"
	    "e< ONLINE_LIST_OK 'owen'\n"
	    "e> MAKE_ROOM lapangan\ne< MAKE_ROOM_OK $*\ne< ROOM_LIST_OK 'kopi','lapangan'\n"
	    "e> JOIN_ROOM lapangan\ne< JOIN_ROOM_OK $*\ne< ROOM_USER_LIST 'owen'\n");
}

START_TEST(low_space)
{
	begin_owen("min_free = 1000000G");
	RUN(no_space_rows);
}
END_TEST

/* The files stand for those that other workers write. */
START_TEST(uploads)
{
	char path[2 * REALM_PATH_MAX];

	begin("files", "uploads_max = 1");
	snprintf(path, sizeof(path), "%s/file", realm.state);
	ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
	snprintf(path, sizeof(path), "%s/file/tmp", realm.state);
	ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
	for (int id = 1; id < 20; id++) {
		snprintf(path, sizeof(path), "%s/file/tmp/u%d.0", realm.state, id);
		close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	}
	RUN(uploads_rows);
}
END_TEST

static const struct row history_rows[] = {
	{ "Percakapan tidak disimpan",
	    "> history messi\n< CODED HISTORY_OFF Percakapan tidak disimpan\n" },
};

START_TEST(history_off)
{
	begin_owen("history = off");
	RUN(history_rows);
}
END_TEST

START_TEST(budget)
{
	begin_owen("send_bytes = 1");
	RUN(budget_rows);
}
END_TEST

START_TEST(blocked)
{
	begin_owen("blocks_max = 10");
	RUN(blocked_rows);
}
END_TEST

START_TEST(banned)
{
	begin_all("");
	room_run(&talk,
	    "d> auth owen surabaya\nd< TOKEN o\n"
	    "e> LOGIN owen surabaya\ne< LOGIN_OK $*\ne< ROOM_LIST_OK 'kopi'\n"
	    "e< ONLINE_LIST_OK 'owen'\n"
	    "e> JOIN_ROOM kopi\ne< JOIN_ROOM_OK $*\ne< ROOM_USER_LIST 'owen'\n");
	REALM_CTL(&realm, NULL, "group", "ban", "kopi", "owen");
	RUN(banned_rows);
}
END_TEST

START_TEST(full)
{
	listeners_configure(&realm, "max_clients = 1");
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	for (int i = 1; i < LISTENERS; i++) {
		int fd = listeners_connect(&realm, i);

		speaker_open(&talk.speakers[i], fd, fd);
	}
	RUN(full_rows);
}
END_TEST

START_TEST(flood)
{
	listeners_configure(&realm, "limit_loopback = on\nunknown_requests = 1\n");
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	for (int i = 0; i < LISTENERS; i++) {
		int fd = listeners_connect(&realm, i);

		speaker_open(&talk.speakers[i], fd, fd);
	}
	RUN(flood_rows);
}
END_TEST

START_TEST(too_long)
{
	static char line[70000];
	size_t len = 0;

	begin("room", NULL);
	memset(line, 'x', sizeof(line));
	line[0] = '{';
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	dialogue_say(&talk, 'a', line, sizeof(line));
	run_rows(&long_rows[0], 1);
	len = (size_t)snprintf(line, sizeof(line), "{");
	for (int i = 0; i < 65; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len, "\"K%d\"=\"1\" ", i);
	len += (size_t)snprintf(line + len, sizeof(line) - len, "}\r\n");
	dialogue_say(&talk, 'a', line, len);
	run_rows(&long_rows[1], 1);
}
END_TEST

/*
 * Delivery results of messages to another realm: the reason that it gives, or that is known here,
 * and the sentence that the user finds.
 */

#define BOUNCED(reason) "Pesan untuk lineker@malang tidak terkirim (" reason "): "

/* The text of a row is the reason in the user's words; the script is the other realm's word. */
static const struct row reasons[] = {
	{ "User tidak ditemukan", "no_user" },
	{ "Group tidak ditemukan", "no_group" },
	{ "User bukan anggota group", "not_member" },
	{ "Inbox penuh", "inbox_full" },
	{ "File terlalu besar", "too_big" },
	{ "Kuota file habis", "quota" },
	{ "Pesan tidak sah", "bad_message" },
	{ "File rusak", "bad_file" },
	{ "User tidak menerima pesan dari pengirim", "blocked" },
	{ "Ditolak realm tujuan", "refused" },
	{ "Ditolak realm tujuan", "whatever" },
};

#define REASONS (sizeof(reasons) / sizeof(reasons[0]))

/* Refuses the message of each number by the reason of that number. */
static void
refuse_messages(struct impostor_talk *impostor, const void *arg)
{
	const char *line;
	char reply[TEXT_MAX];
	unsigned int number;

	(void)arg;
	if (!impostor_greet(impostor, "0"))
		return;
	while ((line = impostor_hear(impostor)) != NULL) {
		if (sscanf(line, "message %u ", &number) != 1 || number == 0 || number > REASONS)
			continue;
		snprintf(reply, sizeof(reply), "{'status':'ERROR','number':%u,'reason':'%s'}",
		    number, reasons[number - 1].script);
		impostor_reply(impostor, reply);
		snprintf(reply, sizeof(reply), "{'status':'OK','have':%u}", number);
		impostor_reply(impostor, reply);
	}
}

/* messi of surabaya finds this text in the inbox next. */
static bool
inbox_has_text(void *arg)
{
	const char *const *text = arg;
	size_t len;

	realms_run(SURABAYA, "a> inbox\n");
	return strstr(dialogue_hear(&realms.talk[SURABAYA], 'a', &len), *text) != NULL;
}

static void
expect_notice(const char *text)
{
	ck_assert_msg(realms_until(inbox_has_text, &text), "\"%s\" does not come", text);
}

static void
send_to_malang(const char *text)
{
	realms_runf(SURABAYA,
	    "a> sendprivaterealm malang lineker %s\n"
	    "a< {'status':'OK','message':'Message sent to user in realm','delivery':'queued'}\n",
	    text);
}

START_TEST(refused)
{
	char text[TEXT_MAX];

	realms_configure(SURABAYA, "delivery_wait = 0\n");
	realms_start(SURABAYA);
	realms_login(SURABAYA);
	pid_t impostor = impostor_begin(MALANG, refuse_messages, NULL);
	for (size_t i = 0; i < REASONS; i++) {
		send_to_malang(reasons[i].script);
		snprintf(text, sizeof(text), BOUNCED("%s") "%s", reasons[i].text,
		    reasons[i].script);
		expect_notice(text);
	}
	impostor_end(impostor);
}
END_TEST

/* Notices of a message that no realm has accepted: the text of a row is the reason. */
static const struct row waiting_rows[] = {
	{ "Pesan untuk lineker@malang belum terkirim, masih dicoba: halo",
	    "Pesan untuk lineker@malang belum terkirim, masih dicoba: halo" },
	{ "Terlalu lama menunggu", BOUNCED("Terlalu lama menunggu") "halo" },
	{ "Dihapus oleh administrator", BOUNCED("Dihapus oleh administrator") "2" },
	{ "Realm tidak ditemukan", BOUNCED("Realm tidak ditemukan") "3" },
};

START_TEST(waiting)
{
	realms_configure(SURABAYA, "delivery_wait = 0\nqueue_notice = 1h\nqueue_keep = 2h\n");
	realms_start(SURABAYA);
	realms_login(SURABAYA);
	send_to_malang("halo");
	realm_clock_pass(&realms.clock[SURABAYA], 61 * 60 * 1000);
	expect_notice(waiting_rows[0].script);
	realm_clock_pass(&realms.clock[SURABAYA], 60 * 60 * 1000);
	expect_notice(waiting_rows[1].script);
	send_to_malang("2");
	REALM_CTL(&realms.realm[SURABAYA], NULL, "queue", "drop", "malang");
	expect_notice(waiting_rows[2].script);
	send_to_malang("3");
	realms_configure_alone(SURABAYA, "");
	expect_notice(waiting_rows[3].script);
}
END_TEST

/*
 * The page has no text that is in no table.
 */

#define TABLE(rows)                                    \
	{                                              \
		rows, sizeof(rows) / sizeof((rows)[0]) \
	}

static const struct {
	const struct row *rows;
	size_t n;
} tables[] = {
	TABLE(realm_rows),
	TABLE(show_rows),
	TABLE(login_rows),
	TABLE(files_rows),
	TABLE(room_rows),
	TABLE(closed_rows),
	TABLE(invited_rows),
	TABLE(broken_rows),
	TABLE(no_space_rows),
	TABLE(blocked_rows),
	TABLE(banned_rows),
	TABLE(budget_rows),
	TABLE(uploads_rows),
	TABLE(history_rows),
	TABLE(full_rows),
	TABLE(flood_rows),
	TABLE(long_rows),
	TABLE(reasons),
	TABLE(waiting_rows),
};

/* A row may have a code before its text. */
static bool
is_text_of(const struct row *row, const char *text)
{
	size_t code = strspn(row->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

	if (strcmp(row->text, text) == 0)
		return true;
	if (row->text[code] != ' ')
		return false;
	return strcmp(row->text + code + 1, text) == 0 ||
	    (strlen(text) == code && strncmp(row->text, text, code) == 0);
}

static bool
is_in_a_table(const char *text)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (size_t j = 0; j < tables[i].n; j++)
			if (tables[i].rows[j].text != NULL && is_text_of(&tables[i].rows[j], text))
				return true;
	return false;
}

/* Quoted words of the page that are no reply, or only a piece of one. */
static bool
is_no_text(const char *text)
{
	static const char *const others[] = { "*", "CONTENT=jam: 10, ya", "Lionel Messi (messi)",
		"BAD_REQUEST", NULL };

	for (size_t i = 0; others[i] != NULL; i++)
		if (strcmp(others[i], text) == 0)
			return true;
	return false;
}

/* Errors and codes stand in lists, some texts in sentences. */
static bool
shows_text(const struct manual_page_line *line)
{
	if (strcmp(line->macro, "It Ql") == 0 || strcmp(line->macro, "It Dq") == 0 ||
	    strcmp(line->macro, "Dq") == 0)
		return true;
	if (strcmp(line->macro, "It Li") == 0)
		return strchr(line->text, '_') != NULL && strchr(line->text, ' ') == NULL;
	return strcmp(line->macro, "Ql") == 0 && strchr(line->text, ' ') != NULL &&
	    line->text[0] >= 'A' && line->text[0] <= 'Z';
}

static void
look_up_line(const struct manual_page_line *line, void *arg)
{
	size_t *n = arg;

	if (!shows_text(line) || is_no_text(line->text))
		return;
	++*n;
	if (!is_in_a_table(line->text)) {
		printf("no table has \"%s\"\n", line->text);
		n[1]++;
	}
}

START_TEST(page)
{
	size_t found[2] = { 0, 0 };

	manual_page_each(PAGE, look_up_line, found);
	ck_assert_uint_eq(found[1], 0);
	ck_assert_uint_gt(found[0], 100);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("texts");
	TCase *tcase = realm_tcase(suite, "dialects");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, realm_texts);
	tcase_add_test(tcase, show_texts);
	tcase_add_test(tcase, login_texts);
	tcase_add_test(tcase, files_texts);
	tcase_add_test(tcase, room_texts);
	tcase = realm_tcase(suite, "misfortunes");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, closed);
	tcase_add_test(tcase, invited);
	tcase_add_test(tcase, broken);
	tcase_add_test(tcase, blocked);
	tcase_add_test(tcase, banned);
	tcase_add_test(tcase, full);
	tcase_add_test(tcase, flood);
	tcase_add_test(tcase, too_long);
	tcase = realm_tcase(suite, "full disk");
	tcase_add_checked_fixture(tcase, setup_fresh, teardown);
	tcase_add_test(tcase, low_space);
	tcase_add_test(tcase, uploads);
	tcase_add_test(tcase, budget);
	tcase_add_test(tcase, history_off);
	tcase = realms_tcase(suite, "reasons", 2);
	tcase_add_test(tcase, refused);
	tcase_add_test(tcase, waiting);
	tcase = tcase_create("page");
	tcase_add_test(tcase, page);
	suite_add_tcase(suite, tcase);
	return realm_run_suite(suite);
}
