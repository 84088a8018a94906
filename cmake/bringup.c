/* Until the first modules are there: an empty library is none. */
extern int hip_bringup;
int hip_bringup = 0;
