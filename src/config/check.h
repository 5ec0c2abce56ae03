/* config_check: what the texts of settings must look like. */
#ifndef KABAR_CONFIG_CHECK_H
#define KABAR_CONFIG_CHECK_H

/* Each returns NULL, or what the text must be, as the rest of a sentence. */
const char *config_check_name(const char *);
const char *config_check_worker(const char *); /* a name, or "" */
const char *config_check_path(const char *);
/* Asks no name server: a host name must only look like one. */
const char *config_check_address(const char *);
const char *config_check_listen_address(const char *);
/* As address_list_valid() has it; may be "". */
const char *config_check_addresses(const char *);
const char *config_check_prefix(const char *s);
const char *config_check_fingerprint(const char *);

#endif
