"""Long work: uploads that worker processes judge while the service answers; kept in the store's file."""

from .book import JobBook, open_jobs
from .job import Job, JobConflict, JobError, UnknownJob

__all__ = ["Job", "JobBook", "JobConflict", "JobError", "UnknownJob", "open_jobs"]
