"""The networks, labs, data and questions of the course *Inside Large Models*."""

import os

import numpy  # noqa: F401  (loaded first, so that its BLAS is there to be limited)
import threadpoolctl

# Before anyone imports TensorFlow: its log lines carry times and process ids, and oneDNN's fused
# kernels round differently from machine to machine. Stored outputs could not survive either.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

# One BLAS thread. The course's matrices are small: handing one to several threads costs more than the
# product, ruinously so in a container that sees many cores and may use one (Binder). It also makes the
# order of additions, and with it the last digits, the same everywhere.
threadpoolctl.threadpool_limits(limits=1, user_api="blas")

__version__ = "0.2.0"
