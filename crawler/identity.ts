/** How we introduce ourselves to peers: by name, version and where to learn what we are about. */
export const USER_AGENT = "/seedcast:0.1.0(+https://github.com/seedcast/seedcast)/";
