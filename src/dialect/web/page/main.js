document.getElementById("status").textContent = "kabar";
