/*
 * The page behind nginx, with the very lines that doc/ADMIN shows: at the root of a site, below a
 * path that kabard knows, and below one that nginx takes away. Skipped where nginx is missing.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_talk.h"

#define NGINX       "/usr/sbin/nginx"
#define CONFIG_SIZE 16384
#define COOKIE_MAX  256
#define BIG         3000000
#define CLIENT      "127.0.0.5" /* no trusted proxy */

static struct realm realm;
static struct http_talk talk = { .in_fd = -1 };
static struct sockaddr_in nginx_port, web_port;
static int nginx_fd;
static pid_t nginx;
static const char *path; /* before those of the page */

static char *
read_admin(void)
{
	const char *srcdir = getenv("srcdir");
	char name[4096], *text = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(name, sizeof(name), "%s/doc/ADMIN", srcdir == NULL ? "." : srcdir);
	file = fopen(name, "r");
	ck_assert_msg(file != NULL, "no %s", name);
	ck_assert_int_gt(getdelim(&text, &size, '\0', file), 0);
	fclose(file);
	return text;
}

/* Copies the part of a text from one mark up to another, whose port is the listener's here. */
static size_t
copy_part(char *out, size_t len, const char *text, const char *from, const char *to)
{
	static const char port[] = "127.0.0.1:8080";
	const char *at = strstr(text, from), *end = at == NULL ? NULL : strstr(at, to);

	ck_assert_msg(end != NULL, "doc/ADMIN has no \"%s\" before \"%s\"", from, to);
	while (at < end) {
		const char *next = strstr(at, port);
		size_t plain = (size_t)((next == NULL || next > end ? end : next) - at);

		len += (size_t)snprintf(out + len, CONFIG_SIZE - len, "%.*s", (int)plain, at);
		at += plain;
		if (at < end) {
			len += (size_t)snprintf(out + len, CONFIG_SIZE - len, "127.0.0.1:%u",
			    (unsigned int)ntohs(web_port.sin_port));
			at += sizeof(port) - 1;
		}
		ck_assert_uint_lt(len, CONFIG_SIZE);
	}
	return len;
}

/* The example's location, as far as its lines differ with the path: all others stand once. */
static size_t
write_location(char *out, size_t len, const char *admin)
{
	static const char lines[] = "                    proxy_http_version";

	if (strcmp(path, "/chat") == 0) {
		len = copy_part(out, len, admin, "    location /chat {", "    }\n");
	} else if (strcmp(path, "/strip") == 0) {
		len = copy_part(out, len, admin, "    location = /chat {", "    location /chat/");
		len = copy_part(out, len, admin, "    location /chat/", "    }\n");
		path = "/chat";
	} else {
		return copy_part(out, len, admin, "            location / {", "    }\n\n");
	}
	return copy_part(out, len, admin, lines, "    }\n\n");
}

static void
write_config(void)
{
	static char text[CONFIG_SIZE];
	char name[REALM_PATH_MAX + 16], *admin = read_admin();
	FILE *file;
	size_t len = (size_t)snprintf(text, sizeof(text),
	    "daemon off;\nmaster_process off;\nerror_log stderr;\npid %s/nginx.pid;\nevents {}\n"
	    "http {\naccess_log off;\nclient_body_temp_path %s/t1;\nproxy_temp_path %s/t2;\n"
	    "fastcgi_temp_path %s/t3;\nuwsgi_temp_path %s/t4;\nscgi_temp_path %s/t5;\n",
	    realm.dir, realm.dir, realm.dir, realm.dir, realm.dir, realm.dir);

	len = copy_part(text, len, admin, "    map $http_upgrade", "            listen 443");
	len += (size_t)snprintf(text + len, sizeof(text) - len, "listen 127.0.0.1:%u;\n",
	    (unsigned int)ntohs(nginx_port.sin_port));
	len = write_location(text, len, admin);
	snprintf(text + len, sizeof(text) - len, "    }\n}\n");
	free(admin);
	snprintf(name, sizeof(name), "%s/nginx.conf", realm.dir);
	file = fopen(name, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

/* Connects to nginx from an address of its own. */
static bool
reach_nginx(void *arg)
{
	struct sockaddr_in own = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)arg;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(inet_pton(AF_INET, CLIENT, &own.sin_addr), 1);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&own, sizeof(own)), 0);
	if (connect(fd, (const struct sockaddr *)&nginx_port, sizeof(nginx_port)) != 0) {
		close(fd);
		return false;
	}
	http_talk_end(&talk);
	http_talk_open(&talk, fd, fd);
	return true;
}

static void
begin(const char *below, const char *inside)
{
	char config[REALM_PATH_MAX + 16];
	const char *const argv[] = { NGINX, "-e", "stderr", "-p", realm.dir, "-c", config, NULL };
	socklen_t len = sizeof(web_port);
	int fd;

	path = below;
	http_talk_make(&realm, inside, "log_level = debug\nfile_max = 8M\n");
	realm_start(&realm);
	fd = http_talk_connect();
	ck_assert_int_eq(getpeername(fd, (struct sockaddr *)&web_port, &len), 0);
	close(fd);
	nginx_fd = realm_bind_port(0, &nginx_port);
	write_config();
	snprintf(config, sizeof(config), "%s/nginx.conf", realm.dir);
	nginx = realm_spawn(&realm, nginx_fd, nginx_fd, argv);
	ck_assert(realm_until(reach_nginx, NULL));
}

static void
teardown(void)
{
	http_talk_end(&talk);
	kill(nginx, SIGTERM);
	(void)realm_await(nginx);
	close(nginx_fd);
	http_talk_remove(&realm);
}

/* Says a head over a connection of its own. */
static void
begin_request(const char *method, const char *name, const char *headers)
{
	ck_assert(reach_nginx(NULL));
	http_talk_sayf(&talk, "%s %s%s HTTP/1.1\r\nHost: kabar.example\r\n%s\r\n", method, path,
	    name, headers);
}

static struct http_reply
ask(const char *method, const char *name, const char *headers)
{
	begin_request(method, name, headers);
	return http_talk_hear(&talk, false);
}

static void
log_in(const char *password, char cookie[COOKIE_MAX])
{
	struct http_reply reply;

	begin_request("POST", "/login",
	    "Content-Type: application/x-www-form-urlencoded\r\n"
	    "Origin: http://kabar.example\r\nContent-Length: 32\r\n");
	http_talk_sayf(&talk, "username=messi&password=%s", password);
	reply = http_talk_hear(&talk, false);
	ck_assert_msg((reply.status == 200) == (strcmp(password, "surabaya") == 0), "%s%s",
	    reply.head, reply.body);
	http_reply_cookie(&reply, cookie);
}

/* Up, and the same down again. */
static void
carry_file(const char *cookie)
{
	static char content[BIG];
	struct http_reply reply;
	char headers[512];

	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (char)(i * 7919 >> 5);
	snprintf(headers, sizeof(headers), "Cookie: %s\r\nContent-Length: %d\r\n", cookie, BIG);
	begin_request("PUT", "/files/lineker/foto%20%5B1%5D%22%25.jpg", headers);
	http_talk_say(&talk, content, sizeof(content));
	reply = http_talk_hear(&talk, false);
	ck_assert_msg(reply.status == 200, "%s%s", reply.head, reply.body);
	snprintf(headers, sizeof(headers), "Cookie: %s\r\n", cookie);
	reply = ask("GET", "/files/lineker/foto%20%5B1%5D%22%25.jpg", headers);
	ck_assert_int_eq(reply.status, 200);
	ck_assert_uint_eq(reply.len, sizeof(content));
	ck_assert_mem_eq(reply.body, content, sizeof(content));
}

/* A masked frame, and the frame that answers it. */
static void
speak_websocket(const char *cookie)
{
	static const char whoami[] = "\x81\x86\0\0\0\0whoami";
	struct http_reply reply;
	const char *frame;
	char headers[512];

	snprintf(headers, sizeof(headers),
	    "Cookie: %s\r\nOrigin: http://kabar.example\r\nConnection: Upgrade\r\n"
	    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
	    cookie);
	reply = ask("GET", "/ws", headers);
	ck_assert_msg(reply.status == 101, "%s%s", reply.head, reply.body);
	ck_assert_str_eq(http_reply_header(&reply, "Sec-WebSocket-Accept"),
	    "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	http_talk_say(&talk, whoami, sizeof(whoami) - 1);
	frame = http_talk_hear_bytes(&talk, 2 + 33);
	ck_assert_int_eq((unsigned char)frame[0], 0x81);
	frame += (unsigned char)frame[1] < 126 ? 2 : 4;
	ck_assert_int_eq(strncmp(frame, "{\"status\":\"OK\",\"username\":\"mess", 31), 0);
}

static void
use_page(void)
{
	char cookie[COOKIE_MAX], output[1024];
	const char *const who[] = { realm_kabarctl_path, "-c", realm.config, "who", NULL };
	struct http_reply reply = ask("GET", "/", "");

	ck_assert_int_eq(reply.status, 200);
	ck_assert_ptr_nonnull(strstr(reply.body, "<html"));
	if (path[0] != '\0')
		ck_assert_int_eq(ask("GET", "", "").status, 308);
	log_in("salahsal", cookie);
	realm_await_log(&realm, " " CLIENT ": login failed for messi from " CLIENT ": ");
	log_in("surabaya", cookie);
	carry_file(cookie);
	speak_websocket(cookie);
	ck_assert_int_eq(realm_run(who, NULL, output, sizeof(output)), 0);
	ck_assert_msg(strstr(output, CLIENT) != NULL, "%s", output);
}

START_TEST(root)
{
	begin("", "trusted_proxy = 127.0.0.1");
	use_page();
}
END_TEST

START_TEST(prefix)
{
	begin("/chat", "trusted_proxy = 127.0.0.1\nprefix = /chat");
	use_page();
}
END_TEST

START_TEST(stripped)
{
	begin("/strip", "trusted_proxy = 127.0.0.1");
	use_page();
}
END_TEST

int
main(void)
{
	if (suite_skip_if(access(NGINX, X_OK) != 0, "no nginx on this machine"))
		return SUITE_SKIPPED;
	Suite *suite = suite_create("web_nginx");
	TCase *tcase = realm_tcase(suite, "nginx");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, root);
	tcase_add_test(tcase, prefix);
	tcase_add_test(tcase, stripped);
	return realm_run_suite(suite);
}
