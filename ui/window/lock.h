#ifndef PUE_LOCK_H
#define PUE_LOCK_H

/* pue_display reports whether GTK can open a display. */
int pue_display(void);

/* pue_lock takes the GtkWindow that webview_go made and leaves its page no way
   out of origin ("http://host:port/"). Width 0 fills the screen. The page
   may see through the camera when camera is not 0. */
void pue_lock(void *window, const char *origin, int width, int height, int camera);

#endif
