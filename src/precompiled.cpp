// Boost.Asio, compiled once for the whole program: the precompiled header brings its declarations everywhere.
#include <boost/asio/impl/src.hpp>
