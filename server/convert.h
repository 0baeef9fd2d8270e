// Between the wire's messages and core's types.
#ifndef MLFSC_SERVER_CONVERT_H_
#define MLFSC_SERVER_CONVERT_H_
#endif  // MLFSC_SERVER_CONVERT_H_
