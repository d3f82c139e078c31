/* The lock: everything WebKitGTK and GTK would do for a finger, a key or a
   page beyond showing one origin is refused here, and each refusal is told to
   Go by a kind ("menu", "key"), never with content. */
#include <signal.h>
#include <string.h>

#include <gtk/gtk.h>
#include <webkit2/webkit2.h>

#include "_cgo_export.h"
#include "lock.h"

static char *origin;
static gboolean camera_allowed;

static gboolean refuse(const char *what) {
  pueRefused((char *)what);
  return TRUE;
}

static gboolean inside(const char *uri) {
  return uri != NULL && strncmp(uri, origin, strlen(origin)) == 0;
}

/* webview_go makes its view with this function of WebKit. Defining it here
   makes the linker choose ours, whose context keeps nothing on disk. */
GtkWidget *webkit_web_view_new(void) {
  WebKitWebContext *context = webkit_web_context_new_ephemeral();
  GtkWidget *view = webkit_web_view_new_with_context(context);
  g_object_unref(context);
  return view;
}

/* --- where the page may go --- */

static gboolean decide(WebKitWebView *view, WebKitPolicyDecision *decision, WebKitPolicyDecisionType type, gpointer data) {
  const char *refused = NULL;
  if (type == WEBKIT_POLICY_DECISION_TYPE_RESPONSE) {
    WebKitResponsePolicyDecision *answer = WEBKIT_RESPONSE_POLICY_DECISION(decision);
    WebKitURIResponse *response = webkit_response_policy_decision_get_response(answer);
    const char *mime = webkit_uri_response_get_mime_type(response);
    if (!inside(webkit_uri_response_get_uri(response)))
      refused = "navigation";
    else if (!webkit_response_policy_decision_is_mime_type_supported(answer) || g_strcmp0(mime, "application/pdf") == 0)
      refused = "download"; /* WebKit's PDF viewer has a toolbar with print and save */
  } else {
    WebKitNavigationAction *action =
        webkit_navigation_policy_decision_get_navigation_action(WEBKIT_NAVIGATION_POLICY_DECISION(decision));
    if (type == WEBKIT_POLICY_DECISION_TYPE_NEW_WINDOW_ACTION)
      refused = "new-window";
    else if (webkit_navigation_action_get_navigation_type(action) == WEBKIT_NAVIGATION_TYPE_BACK_FORWARD)
      refused = "history"; /* back leads to the previous citizen */
    else if (!inside(webkit_uri_request_get_uri(webkit_navigation_action_get_request(action))))
      refused = "navigation";
  }
  if (refused == NULL) return FALSE;
  refuse(refused);
  webkit_policy_decision_ignore(decision);
  return TRUE;
}

static GtkWidget *new_window(WebKitWebView *view, WebKitNavigationAction *action, gpointer data) {
  refuse("new-window");
  return NULL;
}

static void download(WebKitWebContext *context, WebKitDownload *download, gpointer data) {
  refuse("download");
  webkit_download_cancel(download);
}

/* --- what WebKit would open a window of its own for --- */

static gboolean menu(WebKitWebView *view, WebKitContextMenu *m, GdkEvent *e, WebKitHitTestResult *hit, gpointer data) {
  return refuse("menu");
}

static gboolean dialog(WebKitWebView *view, WebKitScriptDialog *d, gpointer data) {
  if (webkit_script_dialog_get_dialog_type(d) == WEBKIT_SCRIPT_DIALOG_BEFORE_UNLOAD_CONFIRM)
    webkit_script_dialog_confirm_set_confirmed(d, TRUE);
  return refuse("dialog");
}

static gboolean print(WebKitWebView *view, WebKitPrintOperation *operation, gpointer data) { return refuse("print"); }

static gboolean choose_file(WebKitWebView *view, WebKitFileChooserRequest *request, gpointer data) {
  webkit_file_chooser_request_cancel(request);
  return refuse("file-chooser");
}

static gboolean choose_color(WebKitWebView *view, WebKitColorChooserRequest *request, gpointer data) {
  webkit_color_chooser_request_cancel(request);
  return refuse("color-chooser");
}

/* camera_alone: the page wants to see and not to hear, and is the page of our
   origin. The names of the devices belong to it: WebKit asks for them too. */
static gboolean camera_alone(WebKitWebView *view, WebKitPermissionRequest *request) {
  if (!camera_allowed || !inside(webkit_web_view_get_uri(view))) return FALSE;
  if (WEBKIT_IS_DEVICE_INFO_PERMISSION_REQUEST(request)) return TRUE;
  if (!WEBKIT_IS_USER_MEDIA_PERMISSION_REQUEST(request)) return FALSE;
  WebKitUserMediaPermissionRequest *media = WEBKIT_USER_MEDIA_PERMISSION_REQUEST(request);
  return webkit_user_media_permission_is_for_video_device(media) && !webkit_user_media_permission_is_for_audio_device(media) &&
         !webkit_user_media_permission_is_for_display_device(media);
}

static gboolean permission(WebKitWebView *view, WebKitPermissionRequest *request, gpointer data) {
  if (camera_alone(view, request)) {
    webkit_permission_request_allow(request);
    return TRUE;
  }
  webkit_permission_request_deny(request);
  return refuse("permission");
}

static gboolean authenticate(WebKitWebView *view, WebKitAuthenticationRequest *request, gpointer data) {
  webkit_authentication_request_cancel(request);
  return refuse("authentication");
}

static gboolean load_failed(WebKitWebView *view, WebKitLoadEvent event, const char *uri, GError *error, gpointer data) {
  return TRUE; /* never WebKit's own error page */
}

/* A page process that died leaves a white view behind; the origin's root shows
   whatever the terminal shows now. */
static void died(WebKitWebView *view, WebKitWebProcessTerminationReason reason, gpointer data) {
  if (pueDied(reason)) webkit_web_view_load_uri(view, origin);
}

/* --- what a hand may do --- */

/* typing lists the keys that mean something on the pages: characters, and the
   ones that move, erase and decide. */
static gboolean typing(guint key) {
  static const guint named[] = {
      GDK_KEY_BackSpace, GDK_KEY_Delete,   GDK_KEY_Tab,      GDK_KEY_ISO_Left_Tab, GDK_KEY_Return,
      GDK_KEY_Escape,    GDK_KEY_Left,     GDK_KEY_Right,    GDK_KEY_Up,           GDK_KEY_Down,
      GDK_KEY_Home,      GDK_KEY_End,      GDK_KEY_KP_Enter, GDK_KEY_KP_Left,      GDK_KEY_KP_Right,
      GDK_KEY_KP_Up,     GDK_KEY_KP_Down,  GDK_KEY_KP_Home,  GDK_KEY_KP_End,       GDK_KEY_KP_Delete,
      GDK_KEY_Shift_L,   GDK_KEY_Shift_R,  GDK_KEY_Num_Lock, GDK_KEY_Caps_Lock,    GDK_KEY_ISO_Level3_Shift,
  };
  for (gsize i = 0; i < G_N_ELEMENTS(named); i++)
    if (named[i] == key) return TRUE;
  gboolean dead = key >= GDK_KEY_dead_grave && key <= GDK_KEY_dead_currency;
  return dead || (gdk_keyval_to_unicode(key) >= 0x20 && gdk_keyval_to_unicode(key) != 0x7f);
}

static gboolean key(GtkWidget *window, GdkEventKey *e, gpointer data) {
  const guint commands = GDK_CONTROL_MASK | GDK_MOD1_MASK | GDK_SUPER_MASK | GDK_META_MASK | GDK_HYPER_MASK;
  GdkModifierType state = e->state;
  gdk_keymap_add_virtual_modifiers(gdk_keymap_get_for_display(gtk_widget_get_display(window)), &state);
  return typing(e->keyval) && !(state & commands) ? FALSE : refuse("key");
}

static gboolean button(GtkWidget *view, GdkEventButton *e, gpointer data) {
  return e->button == GDK_BUTTON_PRIMARY && !(e->state & (GDK_CONTROL_MASK | GDK_SHIFT_MASK)) ? FALSE : refuse("button");
}

static gboolean close_window(GtkWidget *window, GdkEvent *e, gpointer data) { return refuse("close"); }

/* Text is not selected and nothing is dragged: a GTK drag begun on a link
   leaves the view deaf, and cancelling it from C ends the process. */
static void hold_still(WebKitWebView *view) {
  static const char *css =
      "*{-webkit-user-drag:none!important;-webkit-user-select:none}"
      "input,textarea{-webkit-user-select:text}";
  static const char *js =
      "for(const e of['dragstart','dragover','drop'])"
      "addEventListener(e,ev=>ev.preventDefault(),true)";
  WebKitUserContentManager *content = webkit_web_view_get_user_content_manager(view);
  WebKitUserStyleSheet *sheet =
      webkit_user_style_sheet_new(css, WEBKIT_USER_CONTENT_INJECT_ALL_FRAMES, WEBKIT_USER_STYLE_LEVEL_USER, NULL, NULL);
  WebKitUserScript *script = webkit_user_script_new(js, WEBKIT_USER_CONTENT_INJECT_ALL_FRAMES,
                                                    WEBKIT_USER_SCRIPT_INJECT_AT_DOCUMENT_START, NULL, NULL);
  webkit_user_content_manager_add_style_sheet(content, sheet);
  webkit_user_content_manager_add_script(content, script);
  webkit_user_style_sheet_unref(sheet);
  webkit_user_script_unref(script);
  gtk_drag_dest_unset(GTK_WIDGET(view));
}

/* --- living in one process with Go --- */

/* JavaScriptCore installs signal handlers without SA_ONSTACK at its first
   script, after which any fault in Go code, recovered or not, ends the process
   (os/signal, "Go programs that use cgo"). SIGUSR1 stays as it is: it is JSC's
   own for stopping threads. */
static gboolean mend_signals(gpointer data) {
  static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
  for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
    struct sigaction now;
    if (sigaction(faults[i], NULL, &now) != 0) continue;
    if (now.sa_handler == SIG_DFL || now.sa_handler == SIG_IGN || (now.sa_flags & SA_ONSTACK)) continue;
    now.sa_flags |= SA_ONSTACK;
    sigaction(faults[i], &now, NULL);
  }
  return G_SOURCE_CONTINUE;
}

/* start_javascript has JavaScriptCore install its handlers now, when nothing
   else runs yet, and not at the first message of a page. */
static void start_javascript(void) {
  JSCContext *context = jsc_context_new();
  JSCValue *value = jsc_context_evaluate(context, "0", -1);
  g_object_unref(value);
  g_object_unref(context);
}

int pue_display(void) { return gtk_init_check(NULL, NULL); }

void pue_lock(void *window, const char *base, int width, int height, int camera) {
  WebKitWebView *view = WEBKIT_WEB_VIEW(gtk_bin_get_child(GTK_BIN(window)));
  origin = g_strdup(base);
  camera_allowed = camera != 0;

  webkit_settings_set_javascript_can_access_clipboard(webkit_web_view_get_settings(view), FALSE);
  g_object_set(webkit_web_view_get_settings(view), "enable-developer-extras", FALSE, "enable-fullscreen", FALSE,
               "enable-page-cache", FALSE, "enable-back-forward-navigation-gestures", FALSE, "enable-media-stream", camera_allowed, NULL);
  g_object_set(gtk_settings_get_default(), "gtk-enable-primary-paste", FALSE, NULL);

  const struct {
    gpointer object;
    const char *signal;
    GCallback handler;
  } locks[] = {
      {view, "decide-policy", G_CALLBACK(decide)},
      {view, "create", G_CALLBACK(new_window)},
      {view, "context-menu", G_CALLBACK(menu)},
      {view, "script-dialog", G_CALLBACK(dialog)},
      {view, "print", G_CALLBACK(print)},
      {view, "run-file-chooser", G_CALLBACK(choose_file)},
      {view, "run-color-chooser", G_CALLBACK(choose_color)},
      {view, "permission-request", G_CALLBACK(permission)},
      {view, "authenticate", G_CALLBACK(authenticate)},
      {view, "load-failed", G_CALLBACK(load_failed)},
      {view, "web-process-terminated", G_CALLBACK(died)},
      {view, "button-press-event", G_CALLBACK(button)},
      {view, "button-release-event", G_CALLBACK(button)}, /* WebKit pastes on release */
      {webkit_web_view_get_context(view), "download-started", G_CALLBACK(download)},
      {window, "key-press-event", G_CALLBACK(key)},
      {window, "delete-event", G_CALLBACK(close_window)},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(locks); i++) g_signal_connect(locks[i].object, locks[i].signal, locks[i].handler, NULL);
  hold_still(view);

  if (width == 0) {
    GdkDisplay *display = gtk_widget_get_display(window);
    GdkRectangle screen;
    gdk_monitor_get_geometry(gdk_display_get_monitor(display, 0), &screen);
    width = screen.width;
    height = screen.height;
    gtk_window_fullscreen(GTK_WINDOW(window));
  }
  gtk_window_resize(GTK_WINDOW(window), width, height);
  gtk_widget_grab_focus(GTK_WIDGET(view));
  start_javascript();
  mend_signals(NULL);
  g_timeout_add(50 /* ms; cheaper than one frame of the page */, mend_signals, NULL);
}
