"""The kernel that runs the book's notebooks: this environment's Python, no network, nobody's own settings."""

import os
from pathlib import Path

import matplotlib
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import default

from .offline import GUARD_FOLDER


def kernel_environment(private_folder):
    """Return the environment variables that differ for the kernel from this process's own.

    Parameters
    ----------
    private_folder : Path
        An empty folder for the kernel's history. In place of the user's own IPython folder, whose start-up
        files could change what a notebook prints.
    """
    python_path = [str(GUARD_FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "PYTHONPATH": os.pathsep.join(python_path),
        "IPYTHONDIR": str(private_folder),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        # Matplotlib's own file, which the user's would otherwise override.
        "MATPLOTLIBRC": str(Path(matplotlib.get_data_path()) / "matplotlibrc"),
    }


class _ThisPython(KernelSpecManager):
    def get_kernel_spec(self, kernel_name):
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())


class ThisPythonKernelManager(AsyncKernelManager):
    """Start the Python that runs this program, even where the user has installed another kernel ``python3``."""

    # Without it the kernel warns at each start that what it sends is not encrypted.
    @default("transport_encryption")
    def _default_transport_encryption(self):
        return "auto"

    @default("kernel_spec_manager")
    def _default_kernel_spec_manager(self):
        return _ThisPython(parent=self)
