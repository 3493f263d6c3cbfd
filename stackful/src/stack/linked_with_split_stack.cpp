// For programs that are linked with -fsplit-stack on the link line, as who compiles and links in
// one command with pkg-config's flags does.
//
// gcc then links with --wrap=pthread_create and takes the wrapper from libgcc, together with
// libgcc's own __morestack, of which there would be two. This wrapper is found first. It has
// nothing to do: a new thread's limit is zero, which means that its stack is not checked. In an
// object of its own, which is linked only where it is asked for.
#include <pthread.h>

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names

[[gnu::weak]] int __real_pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                        void* (*start)(void*), void* argument);

int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                          void* (*start)(void*), void* argument) {
  return __real_pthread_create(thread, attributes, start, argument);
}

// NOLINTEND(bugprone-reserved-identifier)
}
