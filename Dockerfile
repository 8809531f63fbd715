# Build: the locked packages and the browser assets. Nothing of pip, npm or fonttools reaches the final stage.
FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements.txt requirements-build.txt requirements-node.txt ./
RUN python -m venv --without-pip /venv \
 && pip --python /venv/bin/python install --no-cache-dir --require-hashes -r requirements.txt \
 && pip install --no-cache-dir --require-hashes -r requirements-build.txt -r requirements-node.txt
COPY static/ static/
RUN python static/hatch_build.py \
 && rm static/hatch_build.py static/package.json static/package-lock.json static/.npmrc

# Run: no shell is needed, nothing is written; `docker run --read-only` works.
FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OPENBLAS_NUM_THREADS=1
WORKDIR /srv/backpropflow
COPY --from=build /venv /venv
COPY --from=build /build/static static/
COPY templates/ templates/
COPY app/ app/
RUN python -m compileall -q app
USER 10001:10001
EXPOSE 8000
# The proxy settings of the host must not send this question elsewhere, hence the empty ProxyHandler.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["python", "-c", "from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:8000/healthz', timeout=2).close()"]
CMD ["python", "-m", "app", "--host", "0.0.0.0", "--port", "8000"]
