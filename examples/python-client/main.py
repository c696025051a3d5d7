"""Downloads a video through a Vidferry service: python main.py URL [FOLDER]"""

import os
import sys
import time
from pathlib import Path

from vidferry_client import AuthenticatedClient, Client
from vidferry_client.api.downloads import create_download, get_download
from vidferry_client.models import DownloadJob, DownloadRequest

base_url = os.environ.get("VIDFERRY_URL", "http://127.0.0.1:8080")
key = os.environ.get("VIDFERRY_API_KEY")
client = AuthenticatedClient(base_url, token=key) if key else Client(base_url)

if len(sys.argv) < 2:
    sys.exit("usage: python main.py URL [FOLDER]")
url, folder = sys.argv[1], Path(sys.argv[2] if len(sys.argv) > 2 else ".")

job = create_download.sync(client=client, body=DownloadRequest(url=url))
while isinstance(job, DownloadJob) and job.state in ("scheduled", "queued", "paused", "running"):
    time.sleep(1)
    job = get_download.sync(job.id, client=client)
if not isinstance(job, DownloadJob):
    sys.exit(f"{job.code}: {job.detail}" if job else "no answer")
if job.state != "succeeded":
    sys.exit(f"{job.error.code}: {job.error.detail}" if job.error else str(job.state))

folder.mkdir(parents=True, exist_ok=True)
for artifact in job.artifacts:
    path = folder / Path(artifact.file_name).name
    # The generated operation reads the whole file into memory; its client streams.
    with client.get_httpx_client().stream("GET", artifact.url, follow_redirects=True) as answer, path.open("wb") as file:
        answer.raise_for_status()
        for chunk in answer.iter_bytes():
            file.write(chunk)
    print(path)
