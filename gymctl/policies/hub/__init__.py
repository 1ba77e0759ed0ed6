"""Policies on the Hugging Face Hub: pushing one, and getting somebody's."""
