/* form: the fields of the login. What is done with them is left to login. */
#ifndef KABAR_CLIENT_SCREEN_FORM_H
#define KABAR_CLIENT_SCREEN_FORM_H

#include <stdbool.h>

#include "client/screen/edit.h"

enum client_screen_form_field {
	CLIENT_SCREEN_FORM_SERVER,
	CLIENT_SCREEN_FORM_TLS,
	CLIENT_SCREEN_FORM_USER,
	CLIENT_SCREEN_FORM_PASSWORD,
	CLIENT_SCREEN_FORM_NEW, /* whether the account is to be made, and the two of that */
	CLIENT_SCREEN_FORM_NAME,
	CLIENT_SCREEN_FORM_COUNTRY,
	CLIENT_SCREEN_FORM_FIELDS
};

struct client_screen_form {
	struct client_screen_edit fields[CLIENT_SCREEN_FORM_FIELDS]; /* of switches: unused */
	bool tls;
	bool registers;
	bool busy; /* the server has been asked */
	int at;
	char message[512]; /* clean */
};

#endif
